//! A province at the far end of the link: a server process behind its TLS, and devices at the near end.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::tls_front::TlsFront;
use super::{Link, Rules};
use crate::bench::counting_proxy::Counted;
use crate::bench::server_process::ServerProcess;
use crate::bench::workload::Owner;
use crate::fleet::{Player, first_desks, invitation_by, program, unit};

const UNIT: &str = "don-muong-lan";
/// Where the server listens, in a namespace of its own.
const BEHIND: &str = "127.0.0.1:8080";
/// A device that is still at it is stopped: the figure is short by far.
pub const LONGEST: Duration = Duration::from_secs(15 * 60);
/// What the device's schedule waits after a first failure.
const AGAIN: Duration = Duration::from_secs(5);

/// The province.
pub struct FarProvince {
    /// What is between.
    pub link: Link,
    front: TlsFront,
    _server: ServerProcess,
    compiler: Player,
    folder: TempDir,
    /// Where registrations belong.
    pub owner: Owner,
}

/// How an exchange over the link went.
#[derive(Debug, Clone, Copy)]
pub struct Went {
    /// From the start of the program to its end, tries and waits included.
    pub took: Duration,
    /// HTTP at the server's end, TLS excluded.
    pub counted: Counted,
    /// Bytes that both ends gave to the link, as [`Link::given`] counts them.
    pub given: u64,
    /// Programs that were started: one, unless the device gave up.
    pub tries: u32,
}

impl FarProvince {
    /// Founded over a clear link.
    ///
    /// # Errors
    /// When namespaces, TUN devices or programs cannot be had.
    pub fn open(seed: u64) -> Result<Self> {
        let link =
            Link::new(seed).context("cannot be measured here: needs root, iproute2 and /dev/net/tun")?;
        let folder = TempDir::new()?;
        let chain = folder.path().join("front.pem");
        let listen = SocketAddr::from((link.server(), 8443));
        let url = format!("https://{listen}");
        let (front, server) = link.server_side.run(|| -> Result<_> {
            let front = TlsFront::before(BEHIND.parse()?, listen, &chain)?;
            let chain = chain.to_str().context("a folder's name")?;
            let behind = [
                "--behind-proxy",
                "--tls-cert",
                chain,
                "--public-url",
                &url,
                "--listen",
                BEHIND,
            ];
            Ok((
                front,
                ServerProcess::start(&folder.path().join("server"), &behind)?,
            ))
        })??;
        let invitation = server.founding_text()?;
        let (_, compiler) = link
            .device_side
            .run(|| first_desks(folder.path(), &invitation, "scheme-son-la-2021"))??;
        let cycle = compiler.call("cycles.list", Value::Null)["cycles"][0]["id"].clone();
        let owner = Owner {
            province: server.founding.as_ref().context("founded")?.province,
            unit: unit(UNIT).parse()?,
            cycle: serde_json::from_value(cycle)?,
        };
        Ok(Self {
            link,
            front,
            _server: server,
            compiler,
            folder,
            owner,
        })
    }

    /// A post's device that has the reference data; enrolled over a clear link.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn post(&self, name: &str) -> Result<Player> {
        self.link.follow(Rules::CLEAR);
        self.link.device_side.run(|| {
            let request = json!({ "role": "post", "unit": unit(UNIT), "valid_days": 7 });
            let invitation = invitation_by(&self.compiler, request);
            let player = Player::open(&self.folder.path().join(name))?;
            player.call(
                "enrolment.accept",
                json!({ "invitation": invitation, "label": name }),
            );
            player.exchange();
            Ok(player)
        })?
    }

    /// Exchanges as a whole process under these rules, again after each failure, until both sides hold the
    /// same; the device must be closed.
    ///
    /// # Errors
    /// When that does not come.
    pub fn exchange(&self, home: &Path, rules: Rules) -> Result<Went> {
        self.exchange_within(LONGEST, home, rules)
    }

    /// [`FarProvince::exchange`] that may take longer than usual.
    ///
    /// # Errors
    /// As there.
    pub fn exchange_within(&self, longest: Duration, home: &Path, rules: Rules) -> Result<Went> {
        self.front.take();
        self.link.follow(rules);
        let went = self.link.device_side.run(|| until_equal(longest, home))?;
        let (up, down) = self.link.fates();
        let given = self.link.given();
        self.link.follow(Rules::CLEAR);
        let (took, tries) = went?;
        if rules != Rules::CLEAR {
            eprintln!(
                "  {:.1} s, {tries} tries, {:.1} KB given; packets up: {up}; down: {down}",
                took.as_secs_f64(),
                given as f64 / 1_000.0
            );
        }
        Ok(Went {
            took,
            counted: self.front.take(),
            given,
            tries,
        })
    }
}

fn until_equal(longest: Duration, home: &Path) -> Result<(Duration, u32)> {
    let began = Instant::now();
    for tries in 1.. {
        let mut child = Command::new(program("cotmoc"))
            .arg("--home")
            .arg(home)
            .arg("exchange")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        while child.try_wait()?.is_none() {
            if began.elapsed() > longest {
                child.kill()?;
                child.wait()?;
                bail!("not done after {} s", longest.as_secs());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let output = child.wait_with_output()?;
        let told: Value = serde_json::from_slice(&output.stdout).context("answer of cotmoc")?;
        if output.status.success() {
            ensure!(told["equal"] == true, "device and province differ: {told}");
            return Ok((began.elapsed(), tries));
        }
        eprintln!(
            "  {:.1} s: {} {}",
            began.elapsed().as_secs_f64(),
            told["code"],
            told["params"]
        );
        std::thread::sleep(AGAIN);
    }
    bail!("never tried")
}
