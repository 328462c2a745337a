//! Keeps the lists in step with the records.

use cotmoc_core::id::RecordId;
use cotmoc_core::journal::Place;
use cotmoc_core::record::view::{
    DerivedStatus, ModelRecord, RegistrationRecord, ReviewRecord, State,
    is_changed_since_accepted as is_changed_since_accepted_by, status_of,
};
use cotmoc_core::record::{RecordKind, state_hash};
use cotmoc_core::text::{fold, sort_key};
use cotmoc_ledger::{Index, RecordChange};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// The device's tables.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeviceIndex;

/// Stored word of a status.
pub(crate) fn status_code(status: DerivedStatus) -> &'static str {
    match status {
        DerivedStatus::Draft => "draft",
        DerivedStatus::Submitted => "submitted",
        DerivedStatus::Returned => "returned",
        DerivedStatus::Active => "active",
        DerivedStatus::Closed => "closed",
        DerivedStatus::Discarded => "discarded",
    }
}

impl Index for DeviceIndex {
    fn migrations(&self) -> &'static [&'static str] {
        &[
            include_str!("../../migrations/0001_index.sql"),
            include_str!("../../migrations/0002_device.sql"),
            include_str!("../../migrations/0003_refused.sql"),
            include_str!("../../migrations/0004_accepted.sql"),
            include_str!("../../migrations/0005_remotes.sql"),
            include_str!("../../migrations/0006_receipt_lives.sql"),
            include_str!("../../migrations/0007_files_waiting.sql"),
            include_str!("../../migrations/0008_list_indexes.sql"),
        ]
    }

    fn prepare(&self, connection: &Connection) -> rusqlite::Result<()> {
        // The covering indexes that totals read are about 18 MB with 50,000 registrations; what does not fit is
        // decrypted again each time.
        connection.execute_batch("PRAGMA cache_size = -32000;")?;
        super::found::add_has_bit(connection)
    }

    fn record_changed(
        &self,
        transaction: &Transaction<'_>,
        change: &RecordChange<'_>,
    ) -> rusqlite::Result<()> {
        let state = State::read(change.state);
        match change.kind {
            RecordKind::Registration => put_registration(transaction, change, &state)?,
            RecordKind::Model => put_model(transaction, change, &state)?,
            RecordKind::Review => put_review(transaction, change, &state)?,
            RecordKind::Unit => {
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO unit (code, state) VALUES (?1, ?2)")?
                    .execute(params![change.record.to_string(), state.text("unit")])?;
            }
            _ => {}
        }
        put_differences(transaction, change)
    }

    fn record_gone(&self, transaction: &Transaction<'_>, was: &RecordChange<'_>) -> rusqlite::Result<()> {
        let code = was.record.to_string();
        match was.kind {
            RecordKind::Registration => {
                for sql in [
                    "DELETE FROM registration WHERE id = ?1",
                    "DELETE FROM registration_words WHERE rowid = ?1",
                ] {
                    transaction.prepare_cached(sql)?.execute([was.row])?;
                }
                note_changed_since_accepted(transaction, &code, false)?;
            }
            RecordKind::Model => {
                transaction.execute("DELETE FROM model WHERE code = ?1", [&code])?;
                refresh_registrations_of(transaction, &code)?;
            }
            RecordKind::Review => {
                let registration = State::read(was.state).text("registration");
                transaction.execute("DELETE FROM review WHERE registration = ?1", [&registration])?;
                refresh_status(transaction, &registration)?;
            }
            RecordKind::Unit => {
                transaction.execute("DELETE FROM unit WHERE code = ?1", [&code])?;
            }
            _ => {}
        }
        put_differences(transaction, was)
    }

    fn clear(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        transaction.execute_batch(
            "DELETE FROM model; DELETE FROM review; DELETE FROM registration; DELETE FROM unit;
             DELETE FROM changed_since_accepted;
             INSERT INTO registration_words (registration_words) VALUES ('delete-all');
             UPDATE difference SET is_open = 0;",
        )
    }
}

fn put_registration(
    transaction: &Transaction<'_>,
    change: &RecordChange<'_>,
    state: &State,
) -> rusqlite::Result<()> {
    let Place::Unit(unit) = change.scope.place else {
        return Ok(());
    };
    let registration = RegistrationRecord::from(state);
    let code = change.record.to_string();
    let (status, model_kind, is_changed) = derive(transaction, &code, &registration)?;
    note_changed_since_accepted(transaction, &code, is_changed)?;
    let folded = fold(&registration.name);
    let known = transaction
        .prepare_cached("SELECT changed_at FROM registration WHERE id = ?1 OR code = ?2")?
        .query_row(params![change.row, code], |row| row.get::<_, i64>(0))
        .optional()?;
    if known.is_some() {
        transaction
            .prepare_cached("DELETE FROM registration_words WHERE rowid = ?1")?
            .execute([change.row])?;
    }
    // Replacing may write much, so all words so far are written to their index before it, one record at a time: a row
    // that is new is only inserted.
    let insert = if known.is_some() {
        "INSERT OR REPLACE"
    } else {
        "INSERT"
    };
    transaction
        .prepare_cached(&format!(
            "{insert} INTO registration
               (id, code, model, unit, cycle, year, name, name_key, name_fold, place, field, kind, model_kind, status,
                counted, submission, demonstration, differs, changed_at, state_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        ))?
        .execute(params![
            change.row,
            code,
            registration.model,
            unit.to_string(),
            registration.cycle,
            registration.year,
            registration.name,
            sort_key(&registration.name),
            folded,
            registration.place,
            registration.field.as_deref().unwrap_or_default(),
            registration.kind.map_or("new", |kind| kind.code()),
            model_kind,
            status_code(status),
            is_counted(status),
            registration.submission.as_ref().map_or(0, |submission| submission.number),
            registration.demonstration,
            !change.differing.is_empty(),
            known.unwrap_or(i64::MIN).max(change.claimed_at),
            &state_hash(change.state).0[..],
        ])?;
    transaction
        .prepare_cached("INSERT INTO registration_words (rowid, words) VALUES (?1, ?2)")?
        .execute(params![
            change.row,
            format!("{folded} {}", fold(&registration.place))
        ])?;
    Ok(())
}

fn is_counted(status: DerivedStatus) -> bool {
    matches!(status, DerivedStatus::Submitted | DerivedStatus::Active)
}

/// The unit changed contents after the province had accepted them.
pub(crate) fn is_changed_since_accepted(
    connection: &Connection,
    registration: &str,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM changed_since_accepted WHERE registration = ?1")?
        .exists([registration])
}

fn note_changed_since_accepted(
    transaction: &Transaction<'_>,
    registration: &str,
    is_changed: bool,
) -> rusqlite::Result<()> {
    let sql = match is_changed {
        true => "INSERT OR IGNORE INTO changed_since_accepted (registration) VALUES (?1)",
        false => "DELETE FROM changed_since_accepted WHERE registration = ?1",
    };
    transaction
        .prepare_cached(sql)?
        .execute([registration])
        .map(|_| ())
}

/// Status and model kind of a registration from the records beside it, and whether it was changed after it was
/// accepted.
fn derive(
    connection: &Connection,
    registration_code: &str,
    registration: &RegistrationRecord,
) -> rusqlite::Result<(DerivedStatus, String, bool)> {
    let model = connection
        .prepare_cached(
            "SELECT model_kind, closed, closure_reason, demonstration FROM model WHERE code = ?1",
        )?
        .query_row([&registration.model], |row| {
            let closed = cotmoc_core::record::view::Closure {
                closed: row.get(1)?,
                reason: row.get(2)?,
            };
            Ok(ModelRecord {
                model_kind: row.get(0)?,
                family: String::new(),
                start_year: None,
                closed: Some(closed),
                demonstration: row.get(3)?,
            })
        })
        .optional()?;
    let review = connection
        .prepare_cached("SELECT state FROM review WHERE registration = ?1")?
        .query_row([registration_code], |row| row.get::<_, String>(0))
        .optional()?
        .map(|state| ReviewRecord::from(&State::read(&state)));
    let status = status_of(registration, review.as_ref(), model.as_ref());
    let is_changed =
        status == DerivedStatus::Active && is_changed_since_accepted_by(registration, review.as_ref());
    Ok((
        status,
        model.map_or_else(|| "mo_hinh".to_owned(), |model| model.model_kind),
        is_changed,
    ))
}

fn put_model(
    transaction: &Transaction<'_>,
    change: &RecordChange<'_>,
    state: &State,
) -> rusqlite::Result<()> {
    let Place::Unit(unit) = change.scope.place else {
        return Ok(());
    };
    let model = ModelRecord::from(state);
    let code = change.record.to_string();
    let reason = model
        .closed
        .as_ref()
        .map_or("", |closure| closure.reason.as_str());
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO model (code, unit, model_kind, closed, closure_reason, demonstration)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            code,
            unit.to_string(),
            model.model_kind,
            model.is_closed(),
            reason,
            model.demonstration
        ])?;
    refresh_registrations_of(transaction, &code)
}

fn refresh_registrations_of(transaction: &Transaction<'_>, model: &str) -> rusqlite::Result<()> {
    let registrations: Vec<String> = transaction
        .prepare_cached("SELECT code FROM registration WHERE model = ?1")?
        .query_map([model], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    registrations
        .iter()
        .try_for_each(|registration| refresh_status(transaction, registration))
}

fn put_review(
    transaction: &Transaction<'_>,
    change: &RecordChange<'_>,
    state: &State,
) -> rusqlite::Result<()> {
    let registration = state.text("registration");
    transaction
        .prepare_cached("INSERT OR REPLACE INTO review (registration, state) VALUES (?1, ?2)")?
        .execute(params![registration, change.state])?;
    refresh_status(transaction, &registration)
}

/// Derives a registration's status again after a record beside it changed.
fn refresh_status(transaction: &Transaction<'_>, code: &str) -> rusqlite::Result<()> {
    let Ok(record) = code.parse::<RecordId>() else {
        return Ok(());
    };
    let state: Option<String> = transaction
        .prepare_cached("SELECT state FROM record WHERE code = ?1")?
        .query_row([record.0.as_bytes().as_slice()], |row| row.get(0))
        .optional()?;
    let Some(state) = state else { return Ok(()) };
    let registration = RegistrationRecord::from(&State::read(&state));
    let (status, model_kind, is_changed) = derive(transaction, code, &registration)?;
    note_changed_since_accepted(transaction, code, is_changed)?;
    transaction
        .prepare_cached("UPDATE registration SET status = ?2, counted = ?3, model_kind = ?4 WHERE code = ?1")?
        .execute(params![code, status_code(status), is_counted(status), model_kind])?;
    Ok(())
}

fn put_differences(transaction: &Transaction<'_>, change: &RecordChange<'_>) -> rusqlite::Result<()> {
    let record = change.record.to_string();
    // Asked first: before a change of many rows the words of the record before are written to their index, one by one.
    let had_any = transaction
        .prepare_cached("SELECT 1 FROM difference WHERE record = ?1 AND is_open = 1")?
        .exists([&record])?;
    if had_any {
        transaction
            .prepare_cached("UPDATE difference SET is_open = 0 WHERE record = ?1 AND is_open = 1")?
            .execute([&record])?;
    }
    for property in change.differing {
        transaction
            .prepare_cached(
                "INSERT INTO difference (record, property, kind, is_open, seen) VALUES (?1, ?2, ?3, 1, ?4)
                 ON CONFLICT (record, property) DO UPDATE SET is_open = 1, seen = ?4",
            )?
            .execute(params![record, property, change.kind.name(), change.claimed_at])?;
    }
    Ok(())
}
