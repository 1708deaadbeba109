//! What other programs read of a sweep: JUnit XML by a reader of XML, GitHub's annotations and summary within its limits.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{Folder, STORM, wreck};

/// A test case as another program sees it.
#[derive(Debug, Default)]
struct Case {
    name: String,
    /// `failure` or `error`, and its message.
    trouble: Option<(String, String)>,
    text: String,
}

/// A suite with what it says of itself.
#[derive(Debug, Default)]
struct Suite {
    name: String,
    counts: [usize; 3],
    cases: Vec<Case>,
}

fn attribute(element: &BytesStart<'_>, name: &str) -> String {
    let attribute = element.try_get_attribute(name).expect("well formed").unwrap_or_else(|| panic!("no {name}"));
    attribute.normalized_value(XmlVersion::Implicit1_0).expect("well formed").into_owned()
}

fn suites(xml: &str) -> Vec<Suite> {
    let mut reader = Reader::from_str(xml);
    let mut suites: Vec<Suite> = Vec::new();
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error}\n{xml}"));
        match &event {
            Event::Start(element) | Event::Empty(element) => match element.name().as_ref() {
                b"testsuite" => {
                    let count = |name| attribute(element, name).parse().expect("a number");
                    let counts = [count("tests"), count("failures"), count("errors")];
                    suites.push(Suite { name: attribute(element, "name"), counts, cases: Vec::new() });
                }
                b"testcase" => {
                    let case = Case { name: attribute(element, "name"), ..Case::default() };
                    suites.last_mut().expect("in a suite").cases.push(case);
                }
                kind @ (b"failure" | b"error") => {
                    let case = suites.last_mut().and_then(|suite| suite.cases.last_mut()).expect("in a case");
                    let kind = String::from_utf8_lossy(kind).into_owned();
                    case.trouble = Some((kind, attribute(element, "message")));
                }
                _ => {}
            },
            Event::Text(text) => {
                if let Some(case) = suites.last_mut().and_then(|suite| suite.cases.last_mut()) {
                    case.text.push_str(&text.decode().expect("UTF-8"));
                }
            }
            Event::Eof => return suites,
            _ => {}
        }
    }
}

#[test]
fn junit_is_read_by_another_program() {
    let odd = "odd & <name>.ron";
    let folder = Folder::with("junit", &[("storm.ron", STORM), (odd, &wreck("Panic")), ("dies.ron", &wreck("Exit"))]);
    let files = ["storm.ron", odd, "dies.ron"];
    let xml = folder.run(1, &[&["sweep", "--seeds", "0..3", "--format", "junit"], &files[..]].concat());
    let suites = suites(&xml);
    assert_eq!(suites.iter().map(|suite| suite.name.as_str()).collect::<Vec<_>>(), files);
    for suite in &suites {
        let troubled =
            |kind: &str| suite.cases.iter().filter(|case| case.trouble.as_ref().is_some_and(|it| it.0 == kind)).count();
        assert_eq!(suite.counts, [suite.cases.len(), troubled("failure"), troubled("error")], "{suite:#?}");
    }
    let panic = suites[1].cases.iter().find(|case| case.trouble.is_some()).expect("a failure");
    assert_eq!(panic.name, "no-panic/on_message Ping: slot # is taken");
    let (kind, message) = panic.trouble.as_ref().expect("a failure");
    assert_eq!(kind, "failure");
    assert!(message.starts_with("3 runs, lowest seed 0: "), "{message}");
    assert!(suites[1].cases.iter().any(|case| case.name == "sometimes(heard)" && case.trouble.is_none()));
    let died: Vec<_> = suites[2].cases.iter().filter_map(|case| case.trouble.as_ref()).collect();
    assert_eq!(died.len(), 1, "who has no verdict has not missed a mark: {died:?}");
    assert_eq!(died[0].0, "error");
    assert_eq!(folder.run(1, &[&["sweep", "--seeds", "0..3", "--format", "junit"], &files[..]].concat()), xml);
}

#[test]
fn github_gets_no_more_than_it_takes() {
    let names: Vec<String> = (0..14).map(|number| format!("wreck-{number}.ron")).collect();
    let text = wreck("Panic");
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), text.as_str())).collect();
    let folder = Folder::with("github", &files);
    let mut arguments = vec!["sweep", "--seeds", "0..2", "--format", "github"];
    arguments.extend(names.iter().map(String::as_str));
    let room = 400;
    let limit = 1 << 20;
    folder.write("summary.md", &"x".repeat(limit - room));
    let mut command = folder.command(&arguments);
    let output = command.env("GITHUB_STEP_SUMMARY", folder.path("summary.md")).output().expect("it can be started");
    let annotations = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = annotations.lines().collect();
    assert_eq!(lines.len(), 10, "{annotations}");
    assert!(lines[0].starts_with("::error file=wreck-0.ron,title=no-panic/on_message Ping%3A slot # is taken::2 of 2"));
    assert!(lines[0].ends_with("%0Asquall run wreck-0.ron --seed 0"), "{}", lines[0]);
    assert_eq!(lines[9], "::error title=squall::5 more groups are in the summary of this step");
    let summary = folder.read("summary.md");
    assert!(summary.len() <= limit && summary.len() > limit - room, "{}", summary.len());
    assert!(summary.ends_with("The rest does not fit here; `--format json` has it.\n"));

    folder.write("summary.md", "");
    command.output().expect("it can be started");
    let summary = folder.read("summary.md");
    assert!(summary.starts_with("## squall: fail\n") && summary.matches("### wreck-").count() == 14, "{summary}");
}
