//! What the operator reads: Vietnamese first, English second.

use cotmoc_ledger::LedgerError;
use cotmoc_sync_server::{Backup, Founded, INVITATION_DAYS, PublicAddress, ServerError};

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
