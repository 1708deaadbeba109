//! `protocol` and `config`: the door to the protocol's own types.

use super::nodes::Nodes;
use crate::diagnostic::Code;
use crate::outline::Value;
use crate::reader::{Fields, Reader};
use crate::types::{Protocols, TypeError, Types};

/// Reads `protocol`.
pub(super) fn protocol<'p>(
    reader: &mut Reader<'_>,
    file: &Fields<'_, '_>,
    protocols: &'p dyn Protocols,
) -> Option<&'p dyn Types> {
    let value = reader.needed(file, "protocol")?;
    let name: String = reader.parse(value, "protocol")?;
    let types = protocols.get(&name);
    if types.is_none() {
        let message = format!("there is no protocol `{name}`");
        reader.report(Code::UNKNOWN_PROTOCOL, value.span.clone(), "protocol", message).legal(&name, &protocols.names());
    }
    types
}

/// Reads `config`; without the field it is `()`, which a protocol may take.
pub(super) fn config(
    reader: &mut Reader<'_>,
    file: &Fields<'_, '_>,
    nodes: Option<&Nodes>,
    types: Option<&dyn Types>,
) -> Option<String> {
    let count = u16::try_from(nodes?.plans.len()).ok()?;
    let Some(value) = file.get("config") else {
        return match types?.config("()", count) {
            Ok(canonical) => Some(canonical),
            Err(error) => {
                let message = format!("the field `config` is missing: {}", error.message);
                reader.report(Code::MISSING, file.value.head(), "", message);
                None
            }
        };
    };
    own_type(reader, value, "config", types, |types, text| types.config(text, count))
}

/// A value of the protocol's own types as canonical RON.
pub(super) fn own_type(
    reader: &mut Reader<'_>,
    value: &Value,
    path: &str,
    types: Option<&dyn Types>,
    read: impl FnOnce(&dyn Types, &str) -> Result<String, TypeError>,
) -> Option<String> {
    let types = types.filter(|_| !reader.has_doubled_key(value))?;
    let canonical = read(types, reader.source(value));
    canonical.map_err(|error| reader.type_error(Code::PROTOCOL_TYPE, error, value, path)).ok()
}
