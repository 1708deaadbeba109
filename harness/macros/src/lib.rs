//! `squall::scenarios!`: a test for every scenario file of a folder.
//!
//! It only names files; what a test does is decided in `squall`. It must never read what is in them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro::{Delimiter, Literal, TokenStream, TokenTree};

/// Makes a `#[test]` of every `.ron` file below a folder of the package.
///
/// ```text
/// squall::scenarios!("scenarios");
/// squall::scenarios!("scenarios/slow", |check| check.with::<MyProtocol>().seeds(0..200));
/// ```
///
/// The tests stand in a module named after the folder and are called after their files: `scenarios::ring_two_tokens` for
/// `scenarios/ring/two_tokens.ron`. The function after the folder says how a file is checked; without it a file is run under
/// its own seed. A file that came after the last build has no test yet, and `every_file_has_its_test` fails until the
/// test is built again (`touch` the file with the macro).
#[proc_macro]
pub fn scenarios(input: TokenStream) -> TokenStream {
    match Request::read(input).and_then(|request| request.module()) {
        Ok(module) => module,
        Err(why) => format!("::core::compile_error!({why:?});").parse().unwrap_or_default(),
    }
}

/// What stands between the brackets.
struct Request {
    /// As the user wrote it, relative to the package.
    folder: String,
    /// From a check to the check that is run.
    how: String,
}

impl Request {
    fn read(input: TokenStream) -> Result<Request, String> {
        const USAGE: &str = "`scenarios!` needs a folder in quotes, as in `squall::scenarios!(\"scenarios\")`";
        let mut tokens = unwrapped(input).into_iter();
        let Some(TokenTree::Literal(literal)) = tokens.next() else { return Err(USAGE.to_owned()) };
        let folder = text_of(&literal).ok_or(USAGE)?;
        match tokens.next() {
            None => Ok(Request { folder, how: "|check| check".to_owned() }),
            Some(TokenTree::Punct(comma)) if comma.as_char() == ',' => {
                let how = tokens.collect::<TokenStream>().to_string();
                let how = if how.trim().is_empty() { "|check| check".to_owned() } else { how };
                Ok(Request { folder, how })
            }
            Some(other) => Err(format!("a comma is needed before `{other}`")),
        }
    }

    fn module(&self) -> Result<TokenStream, String> {
        let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).ok_or("cargo names no package")?;
        let root = package.join(&self.folder);
        let mut files = Vec::new();
        collect(&root, &root, &mut files).map_err(|error| format!("the folder `{}`: {error}", root.display()))?;
        if files.is_empty() {
            return Err(format!("there are no scenario files below `{}`", root.display()));
        }
        files.sort();
        let name = name_of(&self.folder);
        // Outside of the module, where the function that was given sees what its writer sees.
        let mut module = format!("fn run_{name}(path: &str) {{ ::squall::run_scenario(path, {}) }}\n", self.how);
        module.push_str(&format!("mod {name} {{\n"));
        for file in &files {
            let (test, path) = (name_of(file), format!("{}/{file}", self.folder));
            // Named, so that the test is built again when the file goes.
            let bytes = root.join(file).display().to_string();
            module.push_str(&format!(
                "#[test] fn {test}() {{ const _: &[u8] = include_bytes!({bytes:?}); super::run_{name}({path:?}); }}\n"
            ));
        }
        module.push_str(&format!(
            "#[test] fn every_file_has_its_test() {{ ::squall::assert_scenarios({:?}, &{files:?}); }}\n}}",
            self.folder
        ));
        module.parse().map_err(|error| format!("{error}: {module}"))
    }
}

/// Every scenario file below `folder`, relative to `root`, with slashes.
fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "ron") {
            let relative = path.strip_prefix(root).unwrap_or(&path);
            files.push(relative.display().to_string().replace('\\', "/"));
        }
    }
    Ok(())
}

/// A path as the name of a test or module: `ring/two-tokens.ron` is `ring_two_tokens`.
fn name_of(path: &str) -> String {
    let path = path.strip_suffix(".ron").unwrap_or(path);
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = path.chars().map(plain).collect();
    let name = name.trim_matches('_');
    // Behind a letter nothing is a number or a word of the language.
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) && !KEYWORDS.contains(&name) {
        name.to_owned()
    } else {
        format!("scenario_{name}")
    }
}

/// Words that are no names, as far as they could be those of files.
const KEYWORDS: [&str; 20] = [
    "as", "async", "await", "break", "const", "crate", "dyn", "else", "enum", "fn", "for", "if", "in", "loop", "match",
    "mod", "move", "ref", "use", "type",
];

/// The text of a string literal without escapes.
fn text_of(literal: &Literal) -> Option<String> {
    let text = literal.to_string();
    let text = text.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then(|| text.to_owned())
}

/// Tokens that came through another macro are wrapped in brackets that nobody wrote.
fn unwrapped(input: TokenStream) -> Vec<TokenTree> {
    let unwrap = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => group.stream().into_iter().collect(),
        token => vec![token],
    };
    input.into_iter().flat_map(unwrap).collect()
}
