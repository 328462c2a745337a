//! The province server of the demonstration, in a process of its own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::plan::Province;

/// A running server; it ends with the demonstration.
pub struct ProvinceServer {
    child: Child,
    home: PathBuf,
}

impl ProvinceServer {
    /// Founds the provinces that are not founded yet and starts serving at the address of the first time.
    pub fn start(data: &Path, provinces: &[Province]) -> Result<Self> {
        let program = beside_this_program("sync-server")?;
        let home = data.join("server");
        std::fs::create_dir_all(&home)?;
        let address = address(&home)?;
        let url = format!("https://{address}");
        for province in provinces {
            let kept = home.join(format!("{}.invitation", province.slug));
            if kept.exists() {
                continue;
            }
            let output = Command::new(&program)
                .args([
                    "found",
                    "--json",
                    "--province",
                    province.name,
                    "--root-unit",
                    province.slug,
                ])
                .args(["--public-url", &url])
                .arg("--home")
                .arg(home.join("store"))
                .stdin(Stdio::null())
                .stderr(Stdio::inherit())
                .output()
                .context("sync-server found")?;
            ensure!(
                output.status.success(),
                "sync-server found ended with {}",
                output.status
            );
            let founded: serde_json::Value = serde_json::from_slice(&output.stdout)?;
            let invitation = founded["invitation"].as_str().context("no invitation")?;
            std::fs::write(&kept, invitation)?;
        }
        let child = Command::new(&program)
            .args(["serve", "--listen", &address.to_string(), "--public-url", &url])
            .arg("--home")
            .arg(home.join("store"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("sync-server serve")?;
        let mut server = Self { child, home };
        server.wait_until_listening(address)?;
        Ok(server)
    }

    /// The administrator's invitation of a province.
    pub fn invitation(&self, province: &Province) -> Result<String> {
        let kept = self.home.join(format!("{}.invitation", province.slug));
        std::fs::read_to_string(&kept).with_context(|| kept.display().to_string())
    }

    fn wait_until_listening(&mut self, address: SocketAddr) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the province server ended with {status}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("the province server does not answer at {address}")
    }
}

impl Drop for ProvinceServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address of the first time: invitations and devices carry it.
fn address(home: &Path) -> Result<SocketAddr> {
    let kept = home.join("address");
    if let Ok(text) = std::fs::read_to_string(&kept) {
        return text.trim().parse().with_context(|| kept.display().to_string());
    }
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    std::fs::write(&kept, address.to_string())?;
    Ok(address)
}

/// A program of this build.
pub fn beside_this_program(name: &str) -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let program = this.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    ensure!(
        program.exists(),
        "{} is missing: build the workspace first",
        program.display()
    );
    Ok(program)
}
