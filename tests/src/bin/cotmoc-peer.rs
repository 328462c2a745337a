//! The five commands of the peers' harness: `server`, `create`, `edit`, `sync`, `digest`. The last line on
//! standard output is what the harness reads.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use cotmoc_tests::bench::peer;
use cotmoc_tests::fleet::program;
use serde_json::Value;

/// Speaks for Cột Mốc in the peers' benchmark.
#[derive(Parser)]
struct Arguments {
    /// Address at which the measured server is reached: devices are enrolled before it runs.
    #[arg(long, value_name = "http://127.0.0.1:PORT")]
    at: String,
    /// Folder of the workloads, `w1000.jsonl` and larger ones.
    #[arg(long)]
    data: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Becomes `sync-server` over the run's province.
    Server {
        /// Folder of the server.
        #[arg(long)]
        dir: PathBuf,
        /// Loopback address.
        #[arg(long)]
        listen: String,
    },
    /// Founds the province and writes the workload, offline.
    Create(Common),
    /// Sets one field of some documents, offline.
    Edit {
        #[command(flatten)]
        common: Common,
        /// First document.
        #[arg(long)]
        lo: usize,
        /// One past the last.
        #[arg(long)]
        hi: usize,
        /// The new text.
        #[arg(long)]
        tag: String,
    },
    /// Exchanges until both sides hold the same.
    Sync {
        #[command(flatten)]
        common: Common,
        /// Where the server is; must be the address the devices were enrolled for.
        #[arg(long)]
        url: String,
        /// The device has nothing yet: every device finds out by itself.
        #[arg(long)]
        fresh: Option<u8>,
    },
    /// One hash over all documents.
    Digest(Common),
}

/// What the harness says with every command.
#[derive(Args)]
struct Common {
    /// Folder of the device.
    #[arg(long)]
    dir: PathBuf,
    /// Its name; the folder carries it too.
    #[arg(long)]
    device: Option<String>,
    /// Documents.
    #[arg(long)]
    n: usize,
    /// File for ids; not needed: the exchange enumerates.
    #[arg(long)]
    ids: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (at, data) = (arguments.at.as_str(), arguments.data.as_path());
    let answer = match arguments.command {
        Command::Server { dir, listen } => {
            // From here on this process is the server, so that the harness measures it and nothing else.
            return Err(std::process::Command::new(program("sync-server"))
                .args(["serve", "--plain-http-for-benchmark", "--listen", &listen])
                .args(["--public-url", at, "--home"])
                .arg(dir)
                .exec()
                .into());
        }
        Command::Create(common) => peer::create(&common.dir, at, data, common.n)?,
        Command::Edit { common, lo, hi, tag } => peer::edit(&common.dir, data, (lo, hi), &tag)?,
        Command::Sync { common, url, .. } => {
            anyhow::ensure!(url == at, "the devices were enrolled for {at}, not for {url}");
            peer::sync(&common.dir)?
        }
        Command::Digest(common) => peer::digest(&common.dir)?,
    };
    tell(&answer);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the harness reads it")]
fn tell(answer: &Value) {
    println!("{answer}");
}
