//! Compiles `bpf/adit.bpf.c` with clang. Nothing of clang is needed at run time.

#![allow(
    clippy::print_stdout,
    reason = "this is how a build script talks to cargo"
)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libbpf_cargo::SkeletonBuilder;

/// Lowest instruction set with 32-bit atomics; every supported kernel has it.
const CPU: &str = "-mcpu=v3";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let crate_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let object = PathBuf::from(variable("OUT_DIR")?).join("adit.bpf.o");
    let bpf_dir = crate_dir.join("../../bpf");
    println!("cargo:rerun-if-changed={}", bpf_dir.display());
    println!("cargo:rerun-if-env-changed=CLANG");
    let clang = env::var("CLANG").unwrap_or_else(|_| "clang".to_owned());
    check_clang(&clang)?;
    SkeletonBuilder::new()
        .source(bpf_dir.join("adit.bpf.c"))
        .obj(object)
        .clang(clang)
        .clang_args(clang_args(&variable("CARGO_CFG_TARGET_ARCH")?))
        .build()
        .map_err(|error| format!("the kernel program does not compile: {error:?}"))
}

fn clang_args(arch: &str) -> Vec<String> {
    let mut args: Vec<String> = ["-O2", "-g", CPU, "-Wall", "-Wextra", "-Werror"]
        .map(str::to_owned)
        .to_vec();
    // Debian and its kin keep asm/types.h here, where clang does not look for this target.
    let multiarch = format!("/usr/include/{arch}-linux-gnu");
    if Path::new(&multiarch).is_dir() {
        args.push(format!("-I{multiarch}"));
    }
    args
}

fn check_clang(clang: &str) -> Result<(), String> {
    let ran = Command::new(clang).arg("--version").output();
    match ran {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "`{clang} --version` failed: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
        Err(error) => Err(format!(
            "cannot run `{clang}`, which compiles the kernel program: {error}\n\
             Install it together with the kernel's headers:\n\
             \x20 Debian, Ubuntu: apt-get install clang linux-libc-dev\n\
             \x20 Fedora, RHEL:   dnf install clang kernel-headers\n\
             \x20 Arch:           pacman -S clang linux-api-headers\n\
             or name another one in the environment variable CLANG."
        )),
    }
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}
