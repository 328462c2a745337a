//! The desktop and mobile app: a window on the device. Commands are a few lines each; everything a user
//! can do is a use case of `cotmoc-device`.

use std::path::PathBuf;
use std::sync::Arc;

use cotmoc_device::contract::Problem;
use cotmoc_device::{Desk, KeyPlace, machine_folder};
use cotmoc_ledger::GauntletProgram;
use serde_json::Value;
use tauri::ipc::{InvokeBody, Request, Response};
use tauri::webview::{PermissionKind, PermissionResponse};
use tauri::{AppHandle, Emitter, Manager, State};

/// The event that carries every `DeviceEvent` to the window.
const DEVICE_EVENT: &str = "device-event";

/// Runs one use case. Off the window's thread, because some take a while.
#[tauri::command]
async fn call(desk: State<'_, Arc<Desk>>, method: String, params: Value) -> Result<Value, Problem> {
    let desk = desk.inner().clone();
    let answered = tauri::async_runtime::spawn_blocking(move || desk.call(&method, params)).await;
    answered.unwrap_or_else(|_| Err(Problem::new("internal")))
}

/// Takes the bytes of a file, as the raw body of the request.
#[tauri::command]
async fn upload(desk: State<'_, Arc<Desk>>, request: Request<'_>) -> Result<String, Problem> {
    match request.body() {
        InvokeBody::Raw(bytes) => desk.put_upload(bytes.clone()),
        InvokeBody::Json(_) => Err(Problem::new("bad_request").with("what", "a file is bytes")),
    }
}

/// The bytes of a photo or file, as a raw answer.
#[tauri::command]
async fn media(desk: State<'_, Arc<Desk>>, blob: String) -> Result<Response, Problem> {
    let desk = desk.inner().clone();
    let read = tauri::async_runtime::spawn_blocking(move || desk.media(&blob)).await;
    let file = read.unwrap_or_else(|_| Err(Problem::new("internal")))?;
    Ok(Response::new(file.bytes))
}

/// The camera reads QR codes when a user presses for it, and WebKitGTK has no question of its own to ask. Whatever
/// else a page could want is not granted here.
fn permitted(asked: PermissionKind) -> PermissionResponse {
    match asked {
        PermissionKind::Camera => PermissionResponse::Allow,
        _ => PermissionResponse::Default,
    }
}

/// Starts the app; returns when its window is closed.
#[expect(
    clippy::disallowed_methods,
    reason = "the framework's macro names it for a failure before any store is open"
)]
#[cfg_attr(mobile, tauri::mobile_entry_point)]
pub fn run() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("COTMOC_LOG");
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let started = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![call, upload, media])
        .on_permission_request(|_, asked| permitted(asked))
        .setup(|app| {
            let mut desk = open_desk(app.handle())?;
            desk.host_hubs(Arc::new(cotmoc_hub::LanHubs::on_every_network()));
            desk.exchange_by_itself();
            let desk = Arc::new(desk);
            app.manage(desk.clone());
            forward_events(app.handle().clone(), desk)?;
            Ok(())
        })
        .run(tauri::generate_context!());
    if let Err(error) = started {
        tracing::error!(error.message = %error, "the app cannot start");
        eprintln!("Cột Mốc không khởi động được: {error}");
    }
}

/// `COTMOC_HOME` names one device folder; otherwise the machine's profiles are where every door has them. What
/// does not open is said in the window, which is there all the same.
fn open_desk(app: &AppHandle) -> anyhow::Result<Desk> {
    let gauntlet = GauntletProgram::this_program()?;
    if let Some(home) = std::env::var_os("COTMOC_HOME").filter(|home| !home.is_empty()) {
        return Ok(Desk::of_device(&PathBuf::from(home), None, gauntlet));
    }
    let root = match machine_folder() {
        Some(root) if !cfg!(mobile) => root,
        // A phone gives each app a folder of its own.
        _ => app.path().app_local_data_dir()?.join("profiles"),
    };
    let keys = KeyPlace::of_environment();
    Ok(Desk::of_machine(&root, None, None, gauntlet, keys))
}

/// Every event of whichever profile is open goes to the window.
fn forward_events(app: AppHandle, desk: Arc<Desk>) -> std::io::Result<()> {
    let forward = move || loop {
        let Some(listener) = desk.device().map(|device| device.listen()) else {
            std::thread::sleep(std::time::Duration::from_millis(500));
            continue;
        };
        while let Ok(event) = listener.recv() {
            if app.emit(DEVICE_EVENT, &event).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("device-events".to_owned())
        .spawn(forward)
        .map(drop)
}
