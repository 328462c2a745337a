//! What the operator reads: Vietnamese first, English second.

use cotmoc_core::journal::{Place, Scope};
use cotmoc_ledger::bundle::BundleError;
use cotmoc_ledger::{LedgerError, MissingFile, Rebuilt, ScopeCompared};
use cotmoc_sync_server::{
    Backup, Founded, INVITATION_DAYS, NewsWritten, NotTaken, PublicAddress, ServerError, TakenIn,
};

/// A failure in words, with what to do where that is known.
pub fn of_error(error: &anyhow::Error) -> String {
    let (vi, en) = match error.downcast_ref::<ServerError>() {
        Some(ServerError::Ledger(error)) => return of_ledger(error),
        Some(ServerError::PlainBeyondLoopback) => (
            "HTTP không mã hóa chỉ được mở trên địa chỉ nội bộ của máy (127.0.0.1).",
            "Plain HTTP may listen on a loopback address only (127.0.0.1).",
        ),
        Some(ServerError::PublicUrlNeeded) => (
            "Cần cho biết địa chỉ mà các thiết bị dùng để kết nối: --public-url https://tên-máy:cổng.",
            "Say how devices reach the server: --public-url https://host:port.",
        ),
        Some(ServerError::PublicUrl(_)) => (
            "Địa chỉ công khai phải có dạng https://tên-máy:cổng, không kèm đường dẫn.",
            "The public URL must read https://host:port, without a path.",
        ),
        Some(ServerError::ProvinceName) => (
            "Tên tỉnh phải có từ 1 đến 200 ký tự.",
            "The province's name must have 1 to 200 letters.",
        ),
        Some(ServerError::ProvinceExists(id)) => {
            return both(
                &format!("Tỉnh này đã được lập trên máy chủ: {id}."),
                &format!("This province is founded here already: {id}."),
            );
        }
        Some(ServerError::FoundingAwaited(id)) => {
            return both(
                &format!(
                    "Máy chủ giữ khóa của tỉnh {id} nhưng chưa nhận lại dữ liệu của tỉnh, nên chưa lập tỉnh nào. Hãy chạy \
                     không có --province và để một thiết bị của tỉnh đồng bộ trước."
                ),
                &format!(
                    "The server holds the key of province {id} and none of its records yet, so it founds none. Start it \
                     without --province and let a device of that province exchange first."
                ),
            );
        }
        Some(ServerError::NoProvince) => (
            "Máy chủ không có tỉnh này.",
            "There is no such province on this server.",
        ),
        Some(ServerError::BackupExists(file)) => {
            return both(
                &format!("Tệp đã có, không ghi đè: {file}."),
                &format!("The file exists and is not overwritten: {file}."),
            );
        }
        Some(ServerError::NoStore(folder)) => {
            return both(
                &format!("Thư mục này không chứa dữ liệu của máy chủ: {folder}."),
                &format!("This folder holds no server's data: {folder}."),
            );
        }
        Some(ServerError::NoInventory(file)) => {
            return both(
                &format!("Tệp này không phải bản kê của máy chủ, hoặc bị cắt dở: {file}."),
                &format!("This file is no server's inventory, or is cut short: {file}."),
            );
        }
        Some(ServerError::Tls(reason)) => {
            return both(
                &format!("Không dùng được chứng thư hoặc khóa TLS: {reason}."),
                &format!("The TLS certificate or key cannot be used: {reason}."),
            );
        }
        Some(ServerError::Io(reason)) => {
            return both(
                &format!("Không mở được địa chỉ hoặc tệp: {reason}."),
                &format!("An address or file cannot be opened: {reason}."),
            );
        }
        Some(ServerError::NoDevice(name)) => {
            return both(
                &format!("Không có thiết bị này trong danh sách của tỉnh: {name}."),
                &format!("No device of this name or key is in the province's roster: {name}."),
            );
        }
        Some(ServerError::Bundle(place, error)) => {
            let (vi, en) = of_bundle_error(error);
            return both(&format!("{place}: {vi}"), &format!("{place}: {en}"));
        }
        Some(ServerError::Random(_)) | None => {
            return both(&format!("Lỗi: {error:#}."), &format!("Error: {error:#}."));
        }
    };
    both(vi, en)
}

fn of_ledger(error: &LedgerError) -> String {
    match error {
        LedgerError::InUse(process) => both(
            &format!("Máy chủ đang chạy (tiến trình {process}). Hãy dừng rồi làm lại."),
            &format!("The server is running (process {process}). Stop it, then try again."),
        ),
        LedgerError::PassphraseNeeded => both(
            "Khóa dữ liệu có mật khẩu: hãy thêm --passphrase-file TỆP.",
            "The key is wrapped by a passphrase: add --passphrase-file FILE.",
        ),
        LedgerError::WrongPassphrase => both("Mật khẩu không đúng.", "The passphrase is wrong."),
        LedgerError::DiskFull => both("Ổ đĩa đã đầy.", "The disk is full."),
        LedgerError::Newer(_) => both(
            "Dữ liệu được ghi bởi phiên bản mới hơn: hãy cập nhật chương trình.",
            "The data was written by a newer version: update the program.",
        ),
        LedgerError::DamagedKey(_) | LedgerError::DamagedDatabase(_) => both(
            &format!("Không đọc được dữ liệu hoặc khóa: {error}. Hãy khôi phục từ bản sao lưu."),
            &format!("The data or its key cannot be read: {error}. Restore a backup."),
        ),
        error => both(&format!("Lỗi: {error}."), &format!("Error: {error}.")),
    }
}

fn both(vi: &str, en: &str) -> String {
    format!("{vi}\n{en}")
}

/// A founded province or a fresh invitation.
pub fn of_founded(founded: &Founded) -> String {
    let invitation = &founded.invitation;
    format!(
        "Tỉnh · Province: {} ({})\n\
         Dấu khóa của tỉnh · Fingerprint of the province's key: {}\n\
         Thư mời quản trị, dùng một lần, hạn {INVITATION_DAYS} ngày · \
         Administrator's invitation, works once, for {INVITATION_DAYS} days:\n\n{}\n",
        invitation.province_name,
        founded.province,
        founded.fingerprint(),
        invitation.to_text()
    )
}

/// The server listens.
pub fn of_listening(address: &PublicAddress) -> String {
    format!(
        "Máy chủ sẵn sàng · The server is ready: {}\nTLS: {}",
        address.url,
        address.pin_hex()
    )
}

/// A bundle that was taken in.
pub fn of_taken(file: &str, taken: &TakenIn) -> String {
    if taken.entries == 0 && taken.photos == 0 {
        return both(
            &format!(
                "{file}: Gói đã nhập trước đó, không có thay đổi mới ({}).",
                taken.label
            ),
            &format!("{file}: Package already imported, nothing new ({}).", taken.label),
        );
    }
    both(
        &format!(
            "{file}: đã nhập {} thay đổi, {} ảnh và tệp của {}.",
            taken.entries, taken.photos, taken.label
        ),
        &format!(
            "{file}: imported {} changes, {} photos and files of {}.",
            taken.entries, taken.photos, taken.label
        ),
    )
}

/// A bundle that was not.
pub fn of_not_taken(file: &str, why: &NotTaken) -> String {
    let (vi, en) = match why {
        NotTaken::Bundle(error) => of_bundle_error(error),
        NotTaken::UnknownSender(_) => (
            "Gói của thiết bị chưa được tỉnh cấp quyền, chưa nhập dữ liệu nào.",
            "The package is from a device without a grant, nothing imported.",
        ),
    };
    both(&format!("{file}: {vi}"), &format!("{file}: {en}"))
}

/// Some files of an import were not taken in.
pub fn of_failed_files(failed: usize, of: usize) -> String {
    both(
        &format!("{failed} trong {of} tệp chưa nhập được."),
        &format!("{failed} of {of} files were not imported."),
    )
}

fn of_bundle_error(error: &BundleError) -> (&'static str, &'static str) {
    match error {
        BundleError::NotForUs(_) => (
            "Gói này không dành cho tỉnh trên máy chủ này.",
            "This package is not for a province of this server.",
        ),
        BundleError::NotABundle => ("Tệp này không phải gói dữ liệu.", "This file is no package."),
        BundleError::Newer(_) => (
            "Gói được ghi bởi phiên bản mới hơn: hãy cập nhật chương trình.",
            "The package was written by a newer version: update the program.",
        ),
        BundleError::DiskFull => ("USB đã đầy.", "The stick is full."),
        BundleError::ReadOnly | BundleError::NotAllowed => (
            "Không ghi được vào thư mục này.",
            "This folder cannot be written to.",
        ),
        BundleError::Gone(_) => (
            "Không thấy tệp, thư mục hoặc USB.",
            "The file, folder or stick is not there.",
        ),
        BundleError::NotKept => (
            "USB không giữ đúng dữ liệu đã ghi: hãy dùng USB khác.",
            "The stick does not keep what was written: use another one.",
        ),
        _ => (
            "Gói bị hỏng hoặc thiếu, chưa nhập dữ liệu nào.",
            "Package damaged or incomplete, nothing imported.",
        ),
    }
}

/// Bundles for devices that were written.
pub fn of_news(news: &NewsWritten) -> String {
    if news.files.is_empty() {
        return both(
            "Chưa có thiết bị nào gửi gói: hãy nêu thiết bị nhận bằng --for.",
            "No device has sent a package yet: name the devices with --for.",
        );
    }
    let files: Vec<String> = news.files.iter().map(|file| file.display().to_string()).collect();
    let (files, devices) = (files.join(", "), news.devices.join(", "));
    both(
        &format!(
            "Đã ghi và kiểm tra xong, có thể rút USB: {files}. Dành cho {devices}: {} thay đổi, {} biên nhận.",
            news.entries, news.receipts
        ),
        &format!(
            "Written and verified, the stick can be removed: {files}. For {devices}: {} changes, {} receipts.",
            news.entries, news.receipts
        ),
    )
}

/// A finished backup.
pub fn of_backup(backup: &Backup) -> String {
    both(
        &format!(
            "Đã sao lưu: {} ({} byte). Bản sao được mã hóa và chỉ mở được cùng tệp khóa {}; \
             hãy cất tệp khóa ở nơi khác với bản sao.",
            backup.file.display(),
            backup.bytes,
            backup.key_file.display()
        ),
        &format!(
            "Backed up: {} ({} bytes). The copy is encrypted and opens only with the key file {}; \
             keep the key file in another place than the copy.",
            backup.file.display(),
            backup.bytes,
            backup.key_file.display()
        ),
    )
}

/// The keys were written.
pub fn of_keys(folder: &str, provinces: usize) -> String {
    both(
        &format!(
            "Đã ghi khóa của {provinces} tỉnh vào {folder}. Cất ở nơi an toàn, tách khỏi máy chủ: ai có thư mục này \
             là có khóa của tỉnh."
        ),
        &format!(
            "The keys of {provinces} province(s) are in {folder}. Keep it safe and away from the server: whoever has \
             it has the province's key."
        ),
    )
}

/// An inventory was written.
pub fn of_inventory(file: &str, (entries, documents, photos): (u64, u64, u64)) -> String {
    both(
        &format!(
            "Bản kê: {entries} mục nhật ký, {documents} hồ sơ, {photos} bản ảnh và tệp, ghi vào {file}."
        ),
        &format!(
            "Inventory: {entries} entries, {documents} documents, {photos} forms of photos and files, in {file}."
        ),
    )
}

/// A photo or file of which bytes are missing.
pub fn of_missing_file(file: &MissingFile) -> String {
    // A device chose the name: nothing in it may speak to the terminal.
    let name: String = file
        .name
        .chars()
        .map(|letter| if letter.is_control() { '\u{fffd}' } else { letter })
        .collect();
    format!(
        "{name} · {} · hồ sơ · record {} · thiết bị · device {} · thiếu · missing {}/{} byte",
        of_scope(&file.scope),
        file.record,
        file.author.fingerprint(),
        file.missing,
        file.bytes
    )
}

/// How many photos and files lack bytes.
pub fn of_missing(files: u64, bytes: u64) -> String {
    if files == 0 {
        return both("Không thiếu ảnh hoặc tệp nào.", "No photo or file is missing.");
    }
    both(
        &format!("Còn thiếu {files} ảnh và tệp, {bytes} byte."),
        &format!("{files} photos and files lack {bytes} bytes."),
    )
}

/// The documents were made again.
pub fn of_rebuilt(rebuilt: &Rebuilt) -> String {
    both(
        &format!(
            "Dựng lại {} hồ sơ từ {} mục nhật ký; {} hồ sơ khác với bản đang lưu.",
            rebuilt.documents, rebuilt.entries, rebuilt.changed
        ),
        &format!(
            "{} documents were made again from {} entries; {} differed from what was stored.",
            rebuilt.documents, rebuilt.entries, rebuilt.changed
        ),
    )
}

/// One scope compared, with everything that is missing by log.
pub fn of_compared(compared: &ScopeCompared) -> String {
    let name = of_scope(&compared.scope);
    let (entries, documents, since) = (compared.entries, compared.documents, compared.since);
    if compared.is_equal() {
        return match compared.photos {
            Some(photos) => format!(
                "= {name}: {entries} mục, {documents} hồ sơ, {photos} bản ảnh và tệp (thêm {since}) · {entries} entries, \
                 {documents} documents, {photos} forms of photos and files ({since} since)"
            ),
            None => format!(
                "= {name}: {entries} mục, {documents} hồ sơ, chưa rõ ảnh và tệp (thêm {since}) · {entries} entries, \
                 {documents} documents, nothing known of photos and files ({since} since)"
            ),
        };
    }
    let mut lines = vec![format!("≠ {name}")];
    for (log, first, last) in &compared.missing {
        lines.push(format!(
            "    thiếu · missing: {} ({:016x}) {first}–{last}",
            log.device.fingerprint(),
            log.incarnation.0
        ));
    }
    if compared.missing.is_empty() && !compared.same_entries {
        lines.push("    tập mục nhật ký khác nhau · the sets of entries differ".to_owned());
    }
    for record in &compared.differing {
        lines.push(format!(
            "    hồ sơ thiếu hoặc khác · document missing or different: {record}"
        ));
    }
    if !compared.missing_photos.is_empty() {
        let missing = compared.missing_photos.len();
        lines.push(format!(
            "    thiếu bản ảnh hoặc tệp · forms of photos and files missing: {missing}/{} (sync-server missing)",
            compared.photos.unwrap_or(0)
        ));
    }
    lines.join("\n")
}

/// The inventory is of the version before.
pub fn no_photos_named() -> String {
    both(
        "Bản kê của phiên bản trước không nói gì về ảnh và tệp: phần này chưa được đối chiếu. Xem ảnh và tệp còn thiếu \
         bằng lệnh sync-server missing.",
        "The inventory is of an earlier version and says nothing of photos and files: these were not compared. \
         sync-server missing lists those that lack bytes.",
    )
}

/// A scope by its place and id.
pub fn of_scope(scope: &Scope) -> String {
    match scope.place {
        Place::Roster => format!("danh sách thiết bị · roster {}", scope.province),
        Place::Province => format!("tỉnh · province {}", scope.province),
        Place::Unit(unit) => format!("đơn vị · unit {unit}"),
        Place::Delegation(delegation) => format!("đoàn · delegation {delegation}"),
    }
}

/// How many scopes of an inventory are not held as it says.
pub fn of_unequal(unequal: usize, scopes: usize) -> String {
    format!("{unequal}/{scopes} phạm vi chưa đủ · scopes are not complete")
}
