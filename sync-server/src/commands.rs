//! The commands of the terminal.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use cotmoc_core::id::ProvinceId;
use cotmoc_core::org::UnitId;
use cotmoc_ledger::GauntletProgram;
use cotmoc_sync_server::{
    BundleResult, Founded, Limits, PublicAddress, RunningServer, Server, ServerError, ServerState, Settings,
    Transport, backup,
};
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::missing::Missing;
use crate::rebuilding::{Keys, MakeInventory, Rebuild};
use crate::{missing, rebuilding, words};

/// Máy chủ của tỉnh · The province's server.
#[derive(Debug, Parser)]
#[command(version, name = "sync-server")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Chạy máy chủ · Serve devices until stopped
    Serve(Serve),
    /// Lập thêm một tỉnh và thư mời quản trị · Found a province and invite its administrator
    Found(Found),
    /// Lập lại thư mời quản trị · Make a fresh administrator's invitation
    Invite(Invite),
    /// Nhập gói dữ liệu từ USB · Take in bundles that devices wrote to a stick
    Import(Import),
    /// Xuất tin và biên nhận ra USB · Write news and receipts for devices to a stick
    Export(Export),
    /// Sao lưu dữ liệu, kể cả khi máy chủ đang chạy · Back up the database, also while the server runs
    Backup(BackUp),
    /// Ghi riêng các khóa để dựng máy chủ mới · Write the keys alone, for a whole new server
    Keys(Keys),
    /// Ghi bản kê những gì máy chủ đang giữ · Write an inventory of what the server holds
    Inventory(MakeInventory),
    /// Liệt kê ảnh, tệp chưa nhận đủ dữ liệu · List the photos and files of which bytes are missing
    Missing(Missing),
    /// Dựng lại hồ sơ từ nhật ký và đối chiếu · Make the documents again, and prove what is held
    Rebuild(Rebuild),
}

#[derive(Debug, Args)]
pub(crate) struct Home {
    /// Thư mục dữ liệu của máy chủ · The server's folder
    #[arg(long, value_name = "DIR")]
    pub home: PathBuf,
    /// Tệp chứa mật khẩu mở khóa dữ liệu · File with the passphrase that opens the key
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// In một dòng JSON cho mỗi kết quả · Print one line of JSON per result
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
struct Address {
    /// Địa chỉ các thiết bị dùng để kết nối · How devices reach the server, https://host:port
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Chứng thư TLS (PEM) · TLS certificate chain, leaf first (PEM)
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    home: Home,
    /// Địa chỉ và cổng lắng nghe · Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    #[command(flatten)]
    address: Address,
    /// Khóa của chứng thư TLS (PEM) · Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// TLS do proxy trên cùng máy đảm nhận · A proxy on this machine ends TLS with --tls-cert
    #[arg(
        long,
        requires = "tls_cert",
        requires = "public_url",
        conflicts_with = "tls_key"
    )]
    behind_proxy: bool,
    /// HTTP không mã hóa, chỉ để đo trên máy này · Plain HTTP on loopback, for measuring only
    #[arg(long, conflicts_with_all = ["behind_proxy", "tls_cert"])]
    plain_http_for_benchmark: bool,
    /// Lập tỉnh này nếu chưa có, kèm thư mời · Found this province if it is new, and invite (repeatable)
    #[arg(long, value_name = "NAME", requires = "root_unit")]
    province: Vec<String>,
    /// Đơn vị gốc của tỉnh: mã ngắn hoặc UUID · Root unit of each province: slug or UUID
    #[arg(long, value_name = "SLUG|UUID", requires = "province")]
    root_unit: Vec<String>,
}

#[derive(Debug, Args)]
struct Found {
    #[command(flatten)]
    home: Home,
    /// Tên tỉnh · Name of the province
    #[arg(long, value_name = "NAME")]
    province: String,
    /// Đơn vị gốc: mã ngắn hoặc UUID · Root unit: slug or UUID
    #[arg(long, value_name = "SLUG|UUID")]
    root_unit: String,
    #[command(flatten)]
    address: Address,
}

#[derive(Debug, Args)]
struct Invite {
    #[command(flatten)]
    home: Home,
    /// Tên hoặc mã của tỉnh · Name or id of the province
    #[arg(long, value_name = "NAME|UUID")]
    province: String,
    #[command(flatten)]
    address: Address,
}

#[derive(Debug, Args)]
struct Import {
    #[command(flatten)]
    home: Home,
    /// Các tệp .cmgoi, theo thứ tự nào cũng được · The bundle files, in any order
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct Export {
    #[command(flatten)]
    home: Home,
    /// Thư mục trên USB · A folder on the stick
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Thiết bị nhận: tên hoặc khóa; không nêu thì là các thiết bị đã gửi gói · For whom: label or key; without
    /// it every device of which a bundle came
    #[arg(long = "for", value_name = "DEVICE")]
    devices: Vec<String>,
    /// Tên hoặc mã của tỉnh, cần khi có nhiều tỉnh · Name or id of the province, when there are several
    #[arg(long, value_name = "NAME|UUID")]
    province: Option<String>,
    /// Không kèm ảnh, tệp gốc · Leave the originals of photos and files out
    #[arg(long)]
    without_originals: bool,
}

#[derive(Debug, Args)]
struct BackUp {
    #[command(flatten)]
    home: Home,
    /// Tệp bản sao, chưa tồn tại · The copy; must not exist yet
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Runs a command.
///
/// # Errors
/// What keeps it from being done, for [`words::of_error`].
pub fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Serve(serve) => run_serve(serve),
        Command::Found(found) => {
            let (state, address) = open(&found.home, &found.address)?;
            let founded = state.found_province(&found.province, unit_named(&found.root_unit)?, &address)?;
            print_founded(&founded, "founded", found.home.json)
        }
        Command::Invite(invite) => {
            let (state, address) = open(&invite.home, &invite.address)?;
            let province = province_named(&state, &invite.province)?;
            print_founded(
                &state.invite_administrator(province, &address)?,
                "invited",
                invite.home.json,
            )
        }
        Command::Import(import) => run_import(&import),
        Command::Export(export) => run_export(&export),
        Command::Keys(keys) => rebuilding::write_keys_alone(&keys),
        Command::Inventory(making) => rebuilding::make_inventory(&making),
        Command::Missing(missing) => missing::list(&missing),
        Command::Rebuild(rebuild) => rebuilding::rebuild(&rebuild),
        Command::Backup(back_up) => {
            let passphrase = passphrase(&back_up.home)?;
            let done = backup(
                &back_up.home.home,
                &back_up.to,
                passphrase.as_ref().map(|text| text.as_str()),
            )?;
            let line = json!({
                "event": "backup", "file": done.file, "key_file": done.key_file, "bytes": done.bytes,
            });
            print(back_up.home.json, &line, &words::of_backup(&done))
        }
    }
}

/// Takes files in, one after the other; one that is damaged or for others does not keep the next from it.
fn run_import(import: &Import) -> Result<()> {
    let state = open_store(&import.home)?;
    let mut not_taken = 0;
    for file in &import.files {
        let name = file.display().to_string();
        match state.import_bundle(file)? {
            BundleResult::Taken(taken) => {
                let line = json!({
                    "event": "imported", "file": name, "from": taken.label, "sender": taken.sender,
                    "province": taken.province, "entries": taken.entries, "photos": taken.photos,
                });
                print(import.home.json, &line, &words::of_taken(&name, &taken))?;
            }
            BundleResult::NotTaken(why) => {
                not_taken += 1;
                let line = json!({ "event": "not_imported", "file": name, "why": why.to_string() });
                print(import.home.json, &line, &words::of_not_taken(&name, &why))?;
            }
        }
    }
    if not_taken > 0 {
        bail!(words::of_failed_files(not_taken, import.files.len()));
    }
    Ok(())
}

fn run_export(export: &Export) -> Result<()> {
    let state = open_store(&export.home)?;
    let province = match (&export.province, state.provinces().as_slice()) {
        (Some(name), _) => province_named(&state, name)?,
        (None, [(only, _)]) => *only,
        (None, _) => return Err(ServerError::NoProvince.into()),
    };
    let news = state.export_bundles(province, &export.to, &export.devices, !export.without_originals)?;
    let line = json!({
        "event": "exported", "files": news.files, "bytes": news.bytes, "devices": news.devices,
        "entries": news.entries, "receipts": news.receipts,
    });
    print(export.home.json, &line, &words::of_news(&news))
}

/// Opens the store of a stopped server.
pub(crate) fn open_store(home: &Home) -> Result<ServerState> {
    let passphrase = passphrase(home)?;
    let passphrase = passphrase.as_ref().map(|text| text.as_str());
    let gauntlet = GauntletProgram::this_program()?;
    Ok(ServerState::open(
        &home.home,
        gauntlet,
        passphrase,
        Limits::default(),
    )?)
}

fn run_serve(serve: Serve) -> Result<()> {
    if serve.province.len() != serve.root_unit.len() {
        bail!("--province and --root-unit go in pairs");
    }
    let mut settings = settings(&serve.home, &serve.address)?;
    settings.listen = serve.listen;
    settings.transport = match (serve.address.tls_cert, serve.tls_key) {
        _ if serve.plain_http_for_benchmark => Transport::PlainForBenchmark,
        (Some(chain), _) if serve.behind_proxy => Transport::BehindProxy { chain },
        (Some(chain), Some(key)) => Transport::Certificate { chain, key },
        (Some(_), None) => bail!("--tls-cert needs --tls-key or --behind-proxy"),
        _ => Transport::OwnCertificate,
    };
    let roots = serve
        .root_unit
        .iter()
        .map(|text| unit_named(text))
        .collect::<Result<Vec<_>>>()?;
    let server = Server::start(settings)?;
    for (name, root) in serve.province.iter().zip(roots) {
        match server.found_province(name, root) {
            Ok(founded) => print_founded(&founded, "founded", serve.home.json)?,
            // A later start with the same words finds its province in place.
            Err(ServerError::ProvinceExists(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    announce(&server, serve.home.json)?;
    wait_for_end()?;
    server.stop();
    Ok(())
}

fn announce(server: &RunningServer, as_json: bool) -> Result<()> {
    let address = server.address();
    let line = json!({
        "event": "listening", "listen": server.addr().to_string(), "url": address.url, "tls_pin": address.pin_hex(),
    });
    print(as_json, &line, &words::of_listening(address))
}

/// Ctrl-C, or the system asking the service to end.
fn wait_for_end() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        #[cfg(unix)]
        {
            let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
            tokio::select! {
                ended = tokio::signal::ctrl_c() => ended?,
                _ = terminate.recv() => {}
            }
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await?;
        Ok(())
    })
}

fn settings(home: &Home, address: &Address) -> Result<Settings> {
    let mut settings = Settings::new(&home.home, GauntletProgram::this_program()?);
    settings.public_url.clone_from(&address.public_url);
    settings.passphrase = passphrase(home)?;
    Ok(settings)
}

/// Opens the store without serving, with the address for invitations.
fn open(home: &Home, address: &Address) -> Result<(ServerState, PublicAddress)> {
    let settings = settings(home, address)?;
    let passphrase = settings.passphrase.as_ref().map(|text| text.as_str());
    let state = ServerState::open(
        &settings.home,
        settings.gauntlet.clone(),
        passphrase,
        Limits::default(),
    )?;
    let address = state.address_for_invitations(&settings, address.tls_cert.as_deref())?;
    Ok((state, address))
}

pub(crate) fn passphrase(home: &Home) -> Result<Option<Zeroizing<String>>> {
    let Some(file) = &home.passphrase_file else {
        return Ok(None);
    };
    let text = Zeroizing::new(std::fs::read_to_string(file).with_context(|| file.display().to_string())?);
    Ok(Some(Zeroizing::new(
        text.trim_end_matches(['\r', '\n']).to_owned(),
    )))
}

/// A slug of a published list of units, or the unit's id.
fn unit_named(text: &str) -> Result<UnitId> {
    match Uuid::parse_str(text) {
        Ok(id) => Ok(UnitId(id)),
        Err(_) if text.trim().is_empty() => bail!("the root unit has no name"),
        Err(_) => Ok(UnitId::from_slug(text)),
    }
}

fn province_named(state: &ServerState, text: &str) -> Result<ProvinceId> {
    let id = text.parse().ok();
    let found = state
        .provinces()
        .into_iter()
        .find(|(province, name)| Some(*province) == id || name == text.trim());
    Ok(found
        .map(|(province, _)| province)
        .ok_or(ServerError::NoProvince)?)
}

fn print_founded(founded: &Founded, event: &str, as_json: bool) -> Result<()> {
    let invitation = &founded.invitation;
    let pin: String = invitation
        .tls_pin
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let line = json!({
        "event": event,
        "province": founded.province,
        "province_name": invitation.province_name,
        "invitation": invitation.to_text(),
        "fingerprint": founded.fingerprint(),
        "tls_pin": pin,
    });
    print(as_json, &line, &words::of_founded(founded))
}

pub(crate) fn print(as_json: bool, line: &serde_json::Value, text: &str) -> Result<()> {
    let mut output = std::io::stdout().lock();
    if as_json {
        writeln!(output, "{line}")?
    } else {
        writeln!(output, "{text}")?
    }
    // A reader at the other end of a pipe waits for this line.
    Ok(output.flush()?)
}
