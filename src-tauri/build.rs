//! Embeds the screens and the capability file.

fn main() {
    // The built screens are part of the program: a new build of them must reach it.
    println!("cargo:rerun-if-changed=../ui/dist");
    tauri_build::build();
}
