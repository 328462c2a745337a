//! The list of all use cases: name, function, request, answer. Every door and the schema are made from it.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};

/// Calls a macro with every use case of an open device: `name => module::function(Request) -> Answer`.
///
/// `device::usecase` makes the dispatcher from it and `schema` the contract, so neither can know a use
/// case that the other does not.
#[macro_export]
macro_rules! for_each_use_case {
    ($use:ident) => {
        $use! {
            "status.get" => session::status(Nothing) -> session::Status,
            "settings.set" => session::set_settings(session::Settings) -> session::Settings,
            "passphrase.change" => session::change_passphrase(session::ChangePassphrase) -> session::KeyKept,
            "key.to_keyring" => session::key_to_keyring(Nothing) -> session::KeyKept,
            "home.get" => home::home(Nothing) -> home::Home,
            "search.everywhere" => models::search_everywhere(models::SearchEverywhere) -> models::SearchHits,
            "enrolment.inspect" => enrolment::inspect(enrolment::InvitationText) -> enrolment::InvitationView,
            "enrolment.accept" => enrolment::enrol(enrolment::Enrol) -> session::Status,
            "enrolment.invite" => enrolment::invite(enrolment::Invite) -> enrolment::InvitationMade,
            "devices.list" => enrolment::devices(Nothing) -> enrolment::DeviceList,
            "devices.revoke" => enrolment::revoke(enrolment::Revoke) -> Nothing,
            "forks.list" => forks::list(Nothing) -> forks::ForkList,
            "forks.settle" => forks::settle(forks::SettleFork) -> forks::ForkList,
            "units.list" => reference::list_units(reference::ListUnits) -> reference::UnitList,
            "units.template" => reference::unit_template(Nothing) -> reference::TemplateFile,
            "reference.import" => reference::import(reference::ImportReference) -> reference::ImportReport,
            "schemes.list" => reference::list_schemes(Nothing) -> reference::SchemeList,
            "criteria.list" => reference::list_criteria(Nothing) -> reference::CriteriaList,
            "cycles.list" => reference::list_cycles(Nothing) -> reference::CycleList,
            "cycles.open" => reference::open_cycle(reference::OpenCycle) -> reference::CycleRow,
            "campaigns.list" => campaigns::list_campaigns(Nothing) -> campaigns::CampaignList,
            "campaigns.create" => campaigns::create_campaign(campaigns::CreateCampaign) -> campaigns::CampaignRow,
            "delegations.set" => campaigns::set_delegation(campaigns::SetDelegation) -> campaigns::DelegationRow,
            "models.list" => models::list_models(models::ListModels) -> models::ModelPage,
            "models.facets" => models::facets(models::ModelFilter) -> models::ModelFacets,
            "models.close" => models::close_model(models::CloseModel) -> Nothing,
            "registrations.get" => registrations::get(registrations::RegistrationId) -> registrations::RegistrationView,
            "registrations.prepare" => registrations::prepare(Nothing) -> registrations::RegistrationView,
            "registrations.start" => registrations::start(registrations::StartRegistration) -> registrations::RegistrationView,
            "registrations.carry_over" => registrations::carry_over(registrations::CarryOver) -> registrations::RegistrationView,
            "registrations.save" => registrations::save(registrations::SaveRegistration) -> registrations::RegistrationView,
            "registrations.submit" => registrations::submit(registrations::SubmitRegistration) -> registrations::RegistrationView,
            "registrations.discard" => registrations::discard(registrations::DiscardRegistration) -> registrations::RegistrationView,
            "registrations.review" => registrations::review(registrations::ReviewRegistration) -> registrations::RegistrationView,
            "registrations.history" => registrations::history(registrations::RegistrationId) -> registrations::History,
            "figures.read" => registrations::read_figure(registrations::ReadFigure) -> registrations::FigureView,
            "text.check" => registrations::check_text(registrations::CheckText) -> registrations::TextCheck,
            "unit_figures.get" => registrations::unit_figures(registrations::GetUnitFigures) -> registrations::UnitFiguresView,
            "unit_figures.save" => registrations::save_unit_figures(registrations::SaveUnitFigures) -> registrations::UnitFiguresView,
            "typing.keep" => registrations::keep_typing(registrations::KeepTyping) -> Nothing,
            "typing.get" => registrations::kept_typing(registrations::RecordRef) -> registrations::KeptTyping,
            "visits.list" => visits::list_visits(Nothing) -> visits::VisitList,
            "visits.start" => visits::start_visit(visits::StartVisit) -> visits::VisitView,
            "visits.get" => visits::get_visit(visits::VisitId) -> visits::VisitView,
            "visits.save" => visits::save_visit(visits::SaveVisit) -> visits::VisitView,
            "findings.put" => visits::put_finding(visits::PutFinding) -> visits::VisitView,
            "findings.remove" => visits::remove_finding(visits::RemoveFinding) -> visits::VisitView,
            "scores.get" => scores::sheet(scores::ScoreOf) -> scores::ScoreSheetView,
            "scores.save" => scores::save_scores(scores::SaveScores) -> scores::ScoreSheetView,
            "scores.compare" => scores::compare(scores::ScoreOf) -> scores::ScoreComparison,
            "scores.agree" => scores::agree(scores::AgreeScore) -> scores::ScoreComparison,
            "differences.list" => differences::list_differences(Nothing) -> differences::DifferenceList,
            "differences.resolve" => differences::resolve(differences::ResolveDifference) -> differences::DifferenceList,
            "totals.get" => totals::totals(totals::GetTotals) -> totals::Totals,
            "evidence.list" => evidence::list(evidence::EvidenceOf) -> evidence::EvidenceList,
            "evidence.add" => evidence::add(evidence::AddEvidence) -> evidence::EvidenceAdded,
            "evidence.remove" => evidence::remove(evidence::RemoveEvidence) -> evidence::EvidenceList,
            "exchange.run" => exchange::run(exchange::RunExchange) -> exchange::ExchangeOutcome,
            "exchange.stop" => exchange::stop(Nothing) -> Nothing,
            "exchange.wake" => exchange::wake(Nothing) -> Nothing,
            "exchange.lives_seen" => exchange::lives_seen(Nothing) -> Nothing,
            "exchange.get" => exchange::view(Nothing) -> exchange::ExchangeView,
            "exchange.retry" => exchange::retry(exchange::RetrySetAside) -> exchange::ExchangeView,
            "exchange.retry_left_out" => exchange::retry_left_out(Nothing) -> exchange::ExchangeView,
            "exchange.acknowledge" => exchange::acknowledge(exchange::AcknowledgeSetAside) -> exchange::ExchangeView,
            "sticks.places" => sticks::places(Nothing) -> sticks::StickPlaces,
            "sticks.export" => sticks::export(sticks::ExportSticks) -> sticks::StickExported,
            "sticks.inspect" => sticks::inspect(sticks::StickPaths) -> sticks::StickFiles,
            "sticks.import" => sticks::import(sticks::StickPaths) -> sticks::StickImported,
            "sticks.stop" => sticks::stop(Nothing) -> Nothing,
            "sticks.carried" => sticks::carried(Nothing) -> sticks::CarriedList,
            "sticks.forget" => sticks::forget(sticks::ForgetCarried) -> sticks::CarriedList,
            "remotes.list" => remotes::list(Nothing) -> remotes::RemoteList,
            "remotes.exchange" => remotes::exchange(remotes::RemoteName) -> exchange::ExchangeOutcome,
            "remotes.forget" => remotes::forget(remotes::RemoteName) -> remotes::RemoteList,
            "hub.open" => hub::open(hub::OpenHub) -> hub::HubStatus,
            "hub.status" => hub::status(Nothing) -> hub::HubStatus,
            "hub.close" => hub::close(Nothing) -> hub::HubStatus,
            "hub.join" => hub::join(hub::JoinHub) -> remotes::RemoteRow,
            "journal.rebuild" => exchange::rebuild(Nothing) -> exchange::RebuildReport,
        }
    };
}

/// Use cases of the machine rather than of one profile: name, request and answer.
macro_rules! for_each_machine_case {
    ($use:ident) => {
        $use! {
            "profiles.list" => session::list(Nothing) -> session::ProfileList,
            "profiles.add" => session::add(session::AddProfile) -> session::ProfileList,
            "profiles.open" => session::open(session::OpenProfile) -> session::ProfileList,
            "profiles.close" => session::close(Nothing) -> session::ProfileList,
        }
    };
}

/// The JSON Schema of every use case: `$defs` of all types and `methods` naming request and answer.
pub fn schema() -> Value {
    use super::*;
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut methods = serde_json::Map::new();
    macro_rules! describe {
        ($($name:literal => $module:ident::$function:ident($request:ty) -> $answer:ty,)*) => {
            $(methods.insert($name.to_owned(), method::<$request, $answer>(&mut generator));)*
        };
    }
    for_each_use_case!(describe);
    for_each_machine_case!(describe);
    let events = generator.subschema_for::<exchange::DeviceEvent>();
    let problem = generator.subschema_for::<Problem>();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cột Mốc use cases",
        "methods": methods,
        "event": events,
        "problem": problem,
        "$defs": generator.definitions(),
    })
}

fn method<Request: schemars::JsonSchema, Answer: schemars::JsonSchema>(
    generator: &mut SchemaGenerator,
) -> Value {
    let request: Schema = generator.subschema_for::<Request>();
    let answer: Schema = generator.subschema_for::<Answer>();
    json!({ "params": request, "answer": answer })
}
