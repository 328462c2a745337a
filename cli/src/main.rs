//! `cotmoc`: every use case from a terminal, the screens in a browser, and the demonstration.

mod bundle;
mod call;
mod demo;
mod evidence;
mod hub;
mod progress;
mod serve;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use cotmoc_device::KeyPlace;
use serde_json::{Value, json};

/// Cột Mốc: khảo sát và đánh giá mô hình "Dân vận khéo", không cần mạng.
#[derive(Parser)]
#[command(name = "cotmoc", version)]
struct Arguments {
    /// The device's folder; the machine's folder of profiles when absent.
    #[arg(long, global = true, env = "COTMOC_HOME")]
    home: Option<PathBuf>,
    /// Name of the profile to open among the machine's; needed when there are several, or a locked one.
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "home")]
    profile: Option<String>,
    /// Passphrase of a locked device folder.
    #[arg(long, global = true, env = "COTMOC_PASSPHRASE", hide_env_values = true)]
    passphrase: Option<String>,
    /// Keep the keys of new profiles in key files, not in the operating system's keyring; as does
    /// COTMOC_KEY_FILE=1. A folder given with --home always does.
    #[arg(long, global = true)]
    key_file: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs one use case: its request as JSON, its answer as JSON on standard output. Exit status 0, or
    /// 1 with the problem's code and parameters. How far a long one is goes to standard error.
    Call {
        /// Name of the use case, for example `models.list`.
        method: String,
        /// The request; `-` reads it from standard input, `@FILE` from a file.
        #[arg(default_value = "{}")]
        request: String,
    },
    /// Prints the JSON Schema of all use cases.
    Schema,
    /// Exchanges with the province now, with progress; original photos and files wait on a metered or slow link,
    /// as chosen in the settings.
    Exchange {
        /// Original photos and files too, whatever the link.
        #[arg(long)]
        with_originals: bool,
        /// Exchange nothing: print what would go, what waits and why, and what is known of the link.
        #[arg(long, conflicts_with = "with_originals")]
        plan: bool,
    },
    /// Bundles on a stick: writes them, takes them in, says what a file is.
    Bundle {
        #[command(subcommand)]
        command: bundle::Bundle,
    },
    /// Keeps a hub on the local network for teammates, until Ctrl-C or the end of its time.
    Hub {
        /// Minutes until it closes by itself, 1 to 480.
        #[arg(long, value_name = "N")]
        minutes: Option<u32>,
    },
    /// The remotes of this device: the province, hubs it has joined, sticks.
    Remote {
        #[command(subcommand)]
        what: Remote,
    },
    /// Makes every document again from the journal, with progress.
    Rebuild,
    /// Photos and files as evidence.
    #[command(subcommand)]
    Evidence(Evidence),
    /// Serves the screens to a browser on this machine.
    Serve {
        /// Address to listen on; loopback only.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: std::net::SocketAddr,
    },
    /// Plays the demonstration: four provinces, a server and the devices of named posts and districts.
    Demo {
        /// Folder of the demonstration's server and devices.
        #[arg(long)]
        data: PathBuf,
        /// End after the totals.
        #[arg(long)]
        once: bool,
    },
}

#[derive(Subcommand)]
enum Evidence {
    /// Adds photos (JPEG, PNG, WebP; written anew without metadata) or PDF files (kept as they are).
    Add {
        /// Record id of a registration or a visit.
        #[arg(long)]
        record: String,
        /// What the files show.
        #[arg(long, default_value = "")]
        caption: String,
        /// Keep where the photos were taken, if their camera noted it.
        #[arg(long)]
        keep_place: bool,
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Remote {
    /// Prints them all.
    List,
    /// Joins a teammate's hub by the text that it shows.
    Add {
        /// The whole text, `cotmochub1:…`.
        text: String,
    },
    /// Forgets one; what came from it stays.
    Forget {
        /// Its name, or its label, or a beginning that fits one alone.
        name: String,
    },
    /// Exchanges with one now, with progress.
    Exchange {
        /// As for `forget`; the province is `province`.
        name: String,
    },
}

impl Remote {
    /// The use case and its request.
    fn call(self) -> (&'static str, Value) {
        match self {
            Self::List => ("remotes.list", Value::Null),
            Self::Add { text } => ("hub.join", json!({ "text": text })),
            Self::Forget { name } => ("remotes.forget", json!({ "name": name })),
            Self::Exchange { name } => ("remotes.exchange", json!({ "name": name })),
        }
    }
}

fn main() -> ExitCode {
    if cotmoc_ledger::is_gauntlet_child() {
        return match cotmoc_ledger::serve_gauntlet() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let filter = tracing_subscriber::EnvFilter::try_from_env("COTMOC_LOG");
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    let place = call::Place {
        home: arguments.home,
        profile: arguments.profile,
        passphrase: arguments.passphrase,
        keys: if arguments.key_file {
            KeyPlace::File
        } else {
            KeyPlace::of_environment()
        },
    };
    let result = match arguments.command {
        Command::Call { method, request } => call::call(&place, &method, &request),
        Command::Schema => call::schema(),
        Command::Exchange { plan: true, .. } => call::run(&place, "exchange.get", Value::Null),
        Command::Exchange { with_originals, .. } => {
            let request = json!({ "with_originals": with_originals });
            call::run(&place, "exchange.run", request)
        }
        Command::Bundle { command } => bundle::run(&place, &command),
        Command::Hub { minutes } => hub::run(&place, minutes),
        Command::Remote { what } => {
            let (method, request) = what.call();
            call::run(&place, method, request)
        }
        Command::Rebuild => call::run(&place, "journal.rebuild", Value::Null),
        Command::Evidence(Evidence::Add {
            record,
            caption,
            keep_place,
            files,
        }) => {
            let adding = evidence::Adding {
                record,
                caption,
                keep_place,
            };
            evidence::add(&place, &adding, &files)
        }
        Command::Serve { listen } => serve::run(&place, listen),
        Command::Demo { data, once } => demo::run(&data, once),
    };
    result.unwrap_or_else(|error| {
        eprintln!("cotmoc: {error:#}");
        ExitCode::FAILURE
    })
}
