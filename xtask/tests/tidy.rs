//! The repository's rules: crate edges, licences, file heads and lengths, the ABI's version.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which of our crates may depend on which (ARCHITECTURE.md draws the same).
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("datapath", &[]),
    ("plan", &["model", "datapath"]),
    ("schema", &["model"]),
    ("aws-wire", &["model"]),
    ("iam", &[]),
    ("store", &[]),
    ("datapath-bpf", &["datapath"]),
    ("dns", &["plan", "model"]),
    (
        "control",
        &["model", "schema", "store", "aws-wire", "plan", "iam"],
    ),
    (
        "agent",
        &["plan", "model", "schema", "datapath", "datapath-bpf", "dns"],
    ),
    (
        "adit",
        &[
            "control",
            "agent",
            "model",
            "plan",
            "schema",
            "store",
            "datapath",
            "datapath-bpf",
            "dns",
            "aws-wire",
        ],
    ),
    ("netload", &[]),
    ("xtask", &[]),
];

/// Crates that do no I/O, and what would let them do it.
const PURE: &[&str] = &["model", "datapath", "plan", "schema", "aws-wire", "iam"];
const IMPURE_DEPENDENCIES: &[&str] = &[
    "tokio",
    "hyper",
    "nix",
    "socket2",
    "rand",
    "getrandom",
    "redb",
    "rtnetlink",
    "libbpf-rs",
    "tracing",
];

/// Licences that a dependency may be used under.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unlicense",
    "0BSD",
    "CC0-1.0",
    "Unicode-3.0",
    "MIT-0",
    "OpenSSL",
    "BSL-1.0",
    "MIT/Apache-2.0",
    "Unlicense/MIT",
    "Apache-2.0/MIT",
    "Apache-2.0 / MIT",
];

/// Crates under another licence: MPL-2.0 binds the files that are under it, which are used as they are.
const LICENCE_EXCEPTIONS: &[(&str, &str)] =
    &[("imbl", "MPL-2.0+"), ("imbl-sized-chunks", "MPL-2.0+")];

/// Longest source file, lines. The aim is 500; a little room keeps a split from being forced mid-thought.
const LINES_MAX: usize = 550;

fn workspace() -> cargo_metadata::Metadata {
    MetadataCommand::new()
        .manifest_path(xtask::root().join("Cargo.toml"))
        .exec()
        .expect("cargo metadata")
}

#[test]
fn crates_depend_only_downwards() {
    let metadata = workspace();
    let edges: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    let ours: BTreeSet<String> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let mut wrong = Vec::new();
    for package in metadata.workspace_packages() {
        let Some(allowed) = edges.get(package.name.as_str()) else {
            wrong.push(format!(
                "crate {} is not listed in xtask/tests/tidy.rs",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let development = dependency.kind == DependencyKind::Development;
            if ours.contains(&dependency.name)
                && !development
                && !allowed.contains(&dependency.name.as_str())
            {
                wrong.push(format!(
                    "{} must not depend on {}",
                    package.name, dependency.name
                ));
            }
            let pure = PURE.contains(&package.name.as_str()) && !development;
            if pure && IMPURE_DEPENDENCIES.contains(&dependency.name.as_str()) {
                wrong.push(format!(
                    "{} is pure and must not depend on {}",
                    package.name, dependency.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn dependencies_have_permissive_licences_and_one_source() {
    let mut wrong = Vec::new();
    for package in workspace().packages {
        let Some(source) = &package.source else {
            continue;
        };
        if !source.is_crates_io() {
            wrong.push(format!("{} comes from {source}", package.name));
        }
        let licence = package.license.clone().unwrap_or_default();
        // One permissive choice of an OR is enough; every part of an AND is needed.
        let permissive = licence.replace(['(', ')'], "").split(" OR ").any(|choice| {
            choice.split(" AND ").all(|part| {
                LICENCES.contains(&part.trim().trim_end_matches(" WITH LLVM-exception"))
            })
        });
        let excepted = LICENCE_EXCEPTIONS.contains(&(package.name.as_str(), licence.as_str()));
        if !permissive && !excepted {
            wrong.push(format!(
                "{} {} is under {licence:?}",
                package.name, package.version
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_dependency_is_used() {
    let root = xtask::root();
    let metadata = workspace();
    let mut declared = BTreeSet::new();
    let mut wrong = Vec::new();
    for package in metadata.workspace_packages() {
        let folder = package.manifest_path.parent().expect("its folder");
        let sources: String = xtask::files(folder.as_std_path(), &[".rs"])
            .expect("list")
            .iter()
            .map(|path| fs::read_to_string(path).expect("read"))
            .collect();
        let words: BTreeSet<&str> = sources
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .collect();
        for dependency in &package.dependencies {
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
            if !words.contains(name.replace('-', "_").as_str()) {
                wrong.push(format!("{} names {name} in no source", package.name));
            }
            declared.insert(name.clone());
        }
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("Cargo.toml");
    let shared = manifest
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once([' ', '.', '=']));
    for (name, _) in shared.filter(|(name, _)| !name.starts_with('#')) {
        if !declared.contains(name) {
            wrong.push(format!("no crate depends on {name}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn source_files_are_short_and_say_what_they_are() {
    let root = xtask::root();
    let mut wrong = Vec::new();
    for path in xtask::files(&root, &[".rs", ".c", ".h"]).expect("list") {
        let text = fs::read_to_string(&path).expect("read");
        let name = path
            .strip_prefix(&root)
            .expect("below root")
            .display()
            .to_string();
        let lines = text.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{name}: {lines} lines"));
        }
        if name.ends_with(".rs")
            && !text
                .trim_start_matches("#![forbid(unsafe_code)]")
                .trim_start()
                .starts_with("//!")
        {
            wrong.push(format!("{name}: no //! head"));
        }
        if !name.ends_with(".rs") && !text.contains("SPDX-License-Identifier") {
            wrong.push(format!("{name}: no SPDX line"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_is_confined_and_justified() {
    let root = xtask::root();
    let mut wrong = Vec::new();
    for path in xtask::files(&root.join("crates"), &[".rs"]).expect("list") {
        let name = path
            .strip_prefix(&root)
            .expect("below root")
            .display()
            .to_string();
        let text = fs::read_to_string(&path).expect("read");
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if !code.contains("unsafe {")
                && !code.contains("unsafe impl")
                && !code.contains("unsafe fn")
            {
                continue;
            }
            if !name.starts_with("crates/datapath-bpf/") {
                wrong.push(format!(
                    "{name}:{}: unsafe outside datapath-bpf",
                    number + 1
                ));
            }
            let above = &lines[number.saturating_sub(6)..number];
            if !above
                .iter()
                .any(|line| line.contains("SAFETY:") || line.contains("# Safety"))
            {
                wrong.push(format!("{name}:{}: unsafe without SAFETY", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tests_are_named_by_behaviour() {
    let root = xtask::root();
    let mut wrong = Vec::new();
    for path in xtask::files(&root.join("crates"), &[".rs"]).expect("list") {
        let text = fs::read_to_string(&path).expect("read");
        for line in text
            .lines()
            .filter(|line| line.trim_start().starts_with("fn test_"))
        {
            wrong.push(format!("{}: {}", path.display(), line.trim()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A changed layout under an unchanged version would be read wrongly by whoever adopts pinned maps.
#[test]
fn the_abi_changes_only_with_its_version() {
    let root = xtask::root();
    let header = fs::read_to_string(root.join("bpf/lib/abi.h")).expect("abi.h");
    let version = header
        .lines()
        .find_map(|line| line.strip_prefix("#define ABI_VERSION "))
        .expect("ABI_VERSION in abi.h");
    let wanted = format!(
        "{} {:016x}\n",
        version.trim(),
        xtask::header_fingerprint(&header)
    );
    let recorded = fs::read_to_string(root.join("bpf/abi.lock")).unwrap_or_default();
    assert_eq!(
        recorded, wanted,
        "bpf/lib/abi.h changed: bump ABI_VERSION there and in crates/datapath/src/abi.rs, then write the expected line to bpf/abi.lock"
    );
}

#[test]
fn links_between_documents_resolve() {
    let root = xtask::root();
    let mut wrong = Vec::new();
    for path in xtask::files(&root, &[".md"]).expect("list") {
        let text = fs::read_to_string(&path).expect("read");
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            if !path.parent().expect("folder").join(file).exists() {
                wrong.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
