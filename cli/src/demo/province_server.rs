//! The province server of the demonstration, in a process of its own that ends with it.

use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::data_folder::DataFolder;
use super::plan::Province;

/// Set for the process that becomes the server: the process id of the demonstration that started it.
const SERVER_OF: &str = "COTMOC_DEMO_SERVER_OF";

/// A running server; it ends with the demonstration, however that ends.
pub struct ProvinceServer {
    child: Child,
    home: PathBuf,
    log: PathBuf,
}

impl ProvinceServer {
    /// Founds the provinces that are not founded yet and starts serving at the address of the first time.
    ///
    /// What the server logs goes to a file, whose name is part of the error when it does not start.
    pub fn start(folder: &DataFolder, provinces: &[Province]) -> Result<Self> {
        let program = beside_this_program("sync-server")?;
        let home = home(folder.path());
        std::fs::create_dir_all(&home)?;
        let log = home.join("server.log");
        let written = File::create(&log).with_context(|| log.display().to_string())?;
        let address = address(&home)?;
        // Devices know this address, so no other can be taken; and whoever listens there is not our server.
        ensure!(
            TcpListener::bind(address).is_ok(),
            "Địa chỉ {address} của máy chủ tỉnh đang được chương trình khác dùng. / {address} is used by another program."
        );
        for province in provinces {
            found(&program, &home, address, province, &written)
                .with_context(|| format!("nhật ký / log: {}", log.display()))?;
        }
        let child = serving(&program, folder.path(), address)?
            .stdin(folder.shared_lock()?)
            .stdout(Stdio::null())
            .stderr(written)
            .spawn()
            .context("sync-server serve")?;
        let mut server = Self { child, home, log };
        server.wait_until_listening(address)?;
        Ok(server)
    }

    /// The administrator's invitation of a province.
    pub fn invitation(&self, province: &Province) -> Result<String> {
        let kept = invitation(&self.home, province);
        std::fs::read_to_string(&kept).with_context(|| kept.display().to_string())
    }

    /// Where the server logs.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn wait_until_listening(&mut self, address: SocketAddr) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "Máy chủ tỉnh không chạy được / the province server ended with {status}; nhật ký / log: {}",
                    self.log.display()
                );
            }
            if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!(
            "Máy chủ tỉnh không trả lời tại {address} / the province server does not answer; nhật ký / log: {}",
            self.log.display()
        )
    }
}

impl Drop for ProvinceServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn home(data: &Path) -> PathBuf {
    data.join("server")
}

fn invitation(home: &Path, province: &Province) -> PathBuf {
    home.join(format!("{}.invitation", province.slug))
}

/// Founds a province unless it was founded, and keeps its administrator's invitation.
fn found(program: &Path, home: &Path, address: SocketAddr, province: &Province, log: &File) -> Result<()> {
    let kept = invitation(home, province);
    if kept.exists() {
        return Ok(());
    }
    let output = Command::new(program)
        .args(["found", "--json", "--province", province.name])
        .args(["--root-unit", province.slug])
        .args(["--public-url", &format!("https://{address}")])
        .arg("--home")
        .arg(home.join("store"))
        .stdin(Stdio::null())
        .stderr(log.try_clone()?)
        .output()
        .context("sync-server found")?;
    ensure!(
        output.status.success(),
        "sync-server found ended with {}",
        output.status
    );
    let founded: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let text = founded["invitation"].as_str().context("no invitation")?;
    Ok(std::fs::write(&kept, text)?)
}

fn serve(program: &Path, data: &Path, address: SocketAddr) -> Command {
    let mut command = Command::new(program);
    command
        .args(["serve", "--listen", &address.to_string()])
        .args(["--public-url", &format!("https://{address}")])
        .arg("--home")
        .arg(home(data).join("store"));
    command
}

/// The command that serves. On Linux it is this program, which asks the system to be stopped with its
/// parent before it becomes the server: a demonstration that is killed leaves nothing running.
#[cfg(target_os = "linux")]
fn serving(_: &Path, data: &Path, _: SocketAddr) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["demo", "--data"])
        .arg(data)
        .env(SERVER_OF, std::process::id().to_string());
    Ok(command)
}

#[cfg(not(target_os = "linux"))]
fn serving(program: &Path, data: &Path, address: SocketAddr) -> Result<Command> {
    Ok(serve(program, data, address))
}

/// Becomes the province server when this process was started for that; otherwise does nothing.
///
/// # Errors
/// When the demonstration that asked for it has ended, or the server's program cannot be started.
#[cfg(target_os = "linux")]
pub fn become_it_when_told(data: &Path) -> Result<()> {
    use std::os::unix::process::CommandExt;

    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    let Some(parent) = std::env::var_os(SERVER_OF) else {
        return Ok(());
    };
    set_parent_process_death_signal(Some(Signal::TERM))?;
    // A parent that ended before the call above sends nothing any more.
    let now = getppid().map(|parent| parent.as_raw_nonzero().to_string());
    ensure!(
        now.is_some_and(|now| parent == *now),
        "the demonstration has ended"
    );
    let program = beside_this_program("sync-server")?;
    let error = serve(&program, data, address(&home(data))?)
        .env_remove(SERVER_OF)
        .exec();
    Err(error).with_context(|| program.display().to_string())
}

#[cfg(not(target_os = "linux"))]
pub fn become_it_when_told(_: &Path) -> Result<()> {
    Ok(())
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
