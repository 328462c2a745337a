// generated from schema.json by `make schema`; do not edit

/**
 * Why models cannot be scored with a criteria set.
 */
export type ScoringBar = 'other_level' | 'no_weights' | 'no_criteria';
/**
 * Scale of a criteria set.
 */
export type ScaleView =
  | {
      /**
       * Maximum of the whole set, hundredths.
       */
      max: number;
      /**
       * Step, hundredths.
       */
      step: number;
      type: 'points';
    }
  | {
      type: 'pass_fail';
    }
  | {
      type: 'checklist';
    };
/**
 * What this profile may do; decided by its grant.
 */
export type RoleName = 'post' | 'member' | 'secretary' | 'head' | 'compiler' | 'administrator';
/**
 * What the exchange is doing.
 */
export type ExchangeState =
  | {
      state: 'no_remote';
    }
  | {
      state: 'idle';
    }
  | {
      /**
       * Bytes or records done.
       */
      done: number;
      phase: ExchangePhase;
      state: 'running';
      /**
       * Bytes or records in all, when known.
       */
      total: number | null;
    }
  | {
      /**
       * Claimed time of the next try.
       */
      next_try: number;
      state: 'waiting';
    };
/**
 * Step of a running exchange.
 */
export type ExchangePhase = 'sending' | 'receiving' | 'applying';
/**
 * How the key of this device's database is kept.
 */
export type KeyKeeping = 'keyring' | 'passphrase' | 'bare';
/**
 * Language of the screens.
 */
export type Language = 'vi' | 'en';
/**
 * When photos and files in full size are sent and fetched. Entries and thumbnails always go first.
 */
export type OriginalsGo = 'as_recognised' | 'always' | 'never';
/**
 * Where the newest change of a record is held.
 */
export type Held = 'refused' | 'this_device' | 'carried' | 'teammate' | 'sent' | 'province';
/**
 * What a file is.
 */
export type EvidenceKind = 'photo' | 'document';
/**
 * Why photos and files in full size wait.
 */
export type OriginalsWait = 'metered' | 'slow' | 'chosen';
/**
 * Whether a link is paid for by volume.
 */
export type Metering = 'unknown' | 'metered' | 'unmetered';
/**
 * Kinds of findings.
 */
export type FindingKind = 'unit_report' | 'strength' | 'limitation' | 'cause' | 'proposal' | 'request' | 'lesson';
/**
 * Whether a registration is new this year or continues.
 */
export type RegistrationKind = 'new' | 'maintained' | 'not_split';
/**
 * What a model is called in the field's words.
 */
export type ModelKind = 'mo_hinh' | 'chuong_trinh' | 'phan_viec';
/**
 * Status of a registration, derived from the unit's record and the province's review.
 */
export type RegistrationStatus = 'draft' | 'submitted' | 'returned' | 'active' | 'closed' | 'discarded';
/**
 * What a remote is.
 */
export type RemoteKind = 'province' | 'hub' | 'stick';
/**
 * Which reference data a file holds.
 */
export type ReferenceKind = 'units_json' | 'units_xlsx' | 'schemes_json' | 'criteria_json';
/**
 * A compiler's decision.
 */
export type ReviewDecision = 'returned' | 'accepted';
/**
 * What a file is to this device.
 */
export type StickStanding =
  | 'imported'
  | 'nothing_new'
  | 'ready'
  | 'own'
  | 'damaged'
  | 'carried'
  | 'not_for_us'
  | 'newer'
  | 'not_a_bundle'
  | 'unknown_sender'
  | 'unreadable'
  | 'stopped';
/**
 * Progress and news while a door is open.
 */
export type DeviceEvent =
  | {
      event: 'exchange';
      state: ExchangeState;
    }
  | {
      event: 'changed';
      /**
       * The change came from another device.
       */
      foreign: boolean;
      /**
       * Record ids; empty means many.
       */
      records: string[];
    }
  | {
      event: 'hub';
      /**
       * It is open.
       */
      open: boolean;
    }
  | {
      event: 'remotes';
    }
  | {
      /**
       * Done.
       */
      done: number;
      event: 'progress';
      /**
       * In all, when known.
       */
      total: number | null;
      /**
       * What: `import`, `rebuild`, `stick_write`, `stick_verify`, `stick_check`, `stick_import`, `carried_send`.
       */
      work: string;
    };

/**
 * Every use case: what is asked and what is answered.
 */
export interface Methods {
  'campaigns.create': {
    params: CreateCampaign;
    answer: CampaignRow;
  };
  'campaigns.list': {
    params: Nothing;
    answer: CampaignList;
  };
  'criteria.list': {
    params: Nothing;
    answer: CriteriaList;
  };
  'cycles.list': {
    params: Nothing;
    answer: CycleList;
  };
  'cycles.open': {
    params: OpenCycle;
    answer: CycleRow;
  };
  'delegations.set': {
    params: SetDelegation;
    answer: DelegationRow;
  };
  'devices.list': {
    params: Nothing;
    answer: DeviceList;
  };
  'devices.revoke': {
    params: Revoke;
    answer: Nothing;
  };
  'differences.list': {
    params: Nothing;
    answer: DifferenceList;
  };
  'differences.resolve': {
    params: ResolveDifference;
    answer: DifferenceList;
  };
  'enrolment.accept': {
    params: Enrol;
    answer: Status;
  };
  'enrolment.inspect': {
    params: InvitationText;
    answer: InvitationView;
  };
  'enrolment.invite': {
    params: Invite;
    answer: InvitationMade;
  };
  'evidence.add': {
    params: AddEvidence;
    answer: EvidenceAdded;
  };
  'evidence.list': {
    params: EvidenceOf;
    answer: EvidenceList;
  };
  'evidence.remove': {
    params: RemoveEvidence;
    answer: EvidenceList;
  };
  'exchange.acknowledge': {
    params: AcknowledgeSetAside;
    answer: ExchangeView;
  };
  'exchange.get': {
    params: Nothing;
    answer: ExchangeView;
  };
  'exchange.lives_seen': {
    params: Nothing;
    answer: Nothing;
  };
  'exchange.retry': {
    params: RetrySetAside;
    answer: ExchangeView;
  };
  'exchange.retry_left_out': {
    params: Nothing;
    answer: ExchangeView;
  };
  'exchange.run': {
    params: RunExchange;
    answer: ExchangeOutcome;
  };
  'exchange.stop': {
    params: Nothing;
    answer: Nothing;
  };
  'exchange.wake': {
    params: Nothing;
    answer: Nothing;
  };
  'figures.read': {
    params: ReadFigure;
    answer: FigureView;
  };
  'findings.put': {
    params: PutFinding;
    answer: VisitView;
  };
  'findings.remove': {
    params: RemoveFinding;
    answer: VisitView;
  };
  'forks.list': {
    params: Nothing;
    answer: ForkList;
  };
  'forks.settle': {
    params: SettleFork;
    answer: ForkList;
  };
  'home.get': {
    params: Nothing;
    answer: Home;
  };
  'hub.close': {
    params: Nothing;
    answer: HubStatus;
  };
  'hub.join': {
    params: JoinHub;
    answer: RemoteRow;
  };
  'hub.open': {
    params: OpenHub;
    answer: HubStatus;
  };
  'hub.status': {
    params: Nothing;
    answer: HubStatus;
  };
  'journal.rebuild': {
    params: Nothing;
    answer: RebuildReport;
  };
  'key.to_keyring': {
    params: Nothing;
    answer: KeyKept;
  };
  'models.close': {
    params: CloseModel;
    answer: Nothing;
  };
  'models.facets': {
    params: ModelFilter;
    answer: ModelFacets;
  };
  'models.list': {
    params: ListModels;
    answer: ModelPage;
  };
  'passphrase.change': {
    params: ChangePassphrase;
    answer: KeyKept;
  };
  'profiles.add': {
    params: AddProfile;
    answer: ProfileList;
  };
  'profiles.close': {
    params: Nothing;
    answer: ProfileList;
  };
  'profiles.list': {
    params: Nothing;
    answer: ProfileList;
  };
  'profiles.open': {
    params: OpenProfile;
    answer: ProfileList;
  };
  'reference.import': {
    params: ImportReference;
    answer: ImportReport;
  };
  'registrations.carry_over': {
    params: CarryOver;
    answer: RegistrationView;
  };
  'registrations.discard': {
    params: DiscardRegistration;
    answer: RegistrationView;
  };
  'registrations.get': {
    params: RegistrationId;
    answer: RegistrationView;
  };
  'registrations.history': {
    params: RegistrationId;
    answer: History;
  };
  'registrations.prepare': {
    params: Nothing;
    answer: RegistrationView;
  };
  'registrations.review': {
    params: ReviewRegistration;
    answer: RegistrationView;
  };
  'registrations.save': {
    params: SaveRegistration;
    answer: RegistrationView;
  };
  'registrations.start': {
    params: StartRegistration;
    answer: RegistrationView;
  };
  'registrations.submit': {
    params: SubmitRegistration;
    answer: RegistrationView;
  };
  'remotes.exchange': {
    params: RemoteName;
    answer: ExchangeOutcome;
  };
  'remotes.forget': {
    params: RemoteName;
    answer: RemoteList;
  };
  'remotes.list': {
    params: Nothing;
    answer: RemoteList;
  };
  'schemes.list': {
    params: Nothing;
    answer: SchemeList;
  };
  'scores.agree': {
    params: AgreeScore;
    answer: ScoreComparison;
  };
  'scores.compare': {
    params: ScoreOf;
    answer: ScoreComparison;
  };
  'scores.get': {
    params: ScoreOf;
    answer: ScoreSheetView;
  };
  'scores.save': {
    params: SaveScores;
    answer: ScoreSheetView;
  };
  'search.everywhere': {
    params: SearchEverywhere;
    answer: SearchHits;
  };
  'settings.set': {
    params: Settings;
    answer: Settings;
  };
  'status.get': {
    params: Nothing;
    answer: Status;
  };
  'sticks.carried': {
    params: Nothing;
    answer: CarriedList;
  };
  'sticks.export': {
    params: ExportSticks;
    answer: StickExported;
  };
  'sticks.forget': {
    params: ForgetCarried;
    answer: CarriedList;
  };
  'sticks.import': {
    params: StickPaths;
    answer: StickImported;
  };
  'sticks.inspect': {
    params: StickPaths;
    answer: StickFiles;
  };
  'sticks.places': {
    params: Nothing;
    answer: StickPlaces;
  };
  'sticks.stop': {
    params: Nothing;
    answer: Nothing;
  };
  'text.check': {
    params: CheckText;
    answer: TextCheck;
  };
  'totals.get': {
    params: GetTotals;
    answer: Totals;
  };
  'typing.get': {
    params: RecordRef;
    answer: KeptTyping;
  };
  'typing.keep': {
    params: KeepTyping;
    answer: Nothing;
  };
  'unit_figures.get': {
    params: GetUnitFigures;
    answer: UnitFiguresView;
  };
  'unit_figures.save': {
    params: SaveUnitFigures;
    answer: UnitFiguresView;
  };
  'units.list': {
    params: ListUnits;
    answer: UnitList;
  };
  'units.template': {
    params: Nothing;
    answer: TemplateFile;
  };
  'visits.get': {
    params: VisitId;
    answer: VisitView;
  };
  'visits.list': {
    params: Nothing;
    answer: VisitList;
  };
  'visits.save': {
    params: SaveVisit;
    answer: VisitView;
  };
  'visits.start': {
    params: StartVisit;
    answer: VisitView;
  };
}
/**
 * Creates a campaign (compilers).
 */
export interface CreateCampaign {
  /**
   * Basis documents, as written.
   */
  basis?: string;
  /**
   * Criteria set version (record id) that every score sheet of the campaign pins.
   */
  criteria: string;
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
  /**
   * Title.
   */
  title: string;
  /**
   * Year.
   */
  year: number;
}
/**
 * A survey campaign.
 */
export interface CampaignRow {
  /**
   * Basis documents, as written.
   */
  basis: string;
  /**
   * Pinned criteria set version (record id).
   */
  criteria: string;
  /**
   * Its title.
   */
  criteria_title: string;
  /**
   * Delegations by number.
   */
  delegations: DelegationRow[];
  /**
   * Record id.
   */
  id: string;
  /**
   * Title.
   */
  title: string;
  /**
   * Year.
   */
  year: number;
}
/**
 * A numbered delegation of a campaign.
 */
export interface DelegationRow {
  /**
   * Devices that have joined it.
   */
  devices: number;
  /**
   * Id.
   */
  id: string;
  /**
   * The province has confirmed the delegation; until then its rights are not in force.
   */
  in_force: boolean;
  /**
   * Number.
   */
  number: number;
  /**
   * Units it surveys.
   */
  units: DelegationUnit[];
}
/**
 * A unit of a delegation.
 */
export interface DelegationUnit {
  /**
   * Id.
   */
  id: string;
  /**
   * Name.
   */
  name: string;
}
/**
 * A request without parameters, or an answer without content.
 */
export interface Nothing {}
/**
 * Campaigns.
 */
export interface CampaignList {
  /**
   * Newest year first.
   */
  campaigns: CampaignRow[];
}
/**
 * Criteria sets.
 */
export interface CriteriaList {
  /**
   * Those among them that a campaign cannot score models with.
   */
  not_for_scoring: NotForScoring[];
  /**
   * By id and version.
   */
  sets: CriteriaSetView[];
}
/**
 * A criteria set that no campaign can pin. It stays listed: it is published, and a cycle may name it.
 */
export interface NotForScoring {
  /**
   * Record id of the version.
   */
  id: string;
  reason: ScoringBar;
}
/**
 * A version of a criteria set. Points are in hundredths, so nothing is ever rounded.
 */
export interface CriteriaSetView {
  /**
   * Bands from the highest down.
   */
  bands: Band[];
  /**
   * Code, for example `cs-mo-hinh-100`.
   */
  code: string;
  /**
   * The weights were constructed for this program, not published by a province.
   */
  constructed: boolean;
  /**
   * Groups in order.
   */
  groups: CriteriaGroup[];
  /**
   * Record id of this version.
   */
  id: string;
  /**
   * What it evaluates: `model`, `unit` or `registration`.
   */
  level: string;
  /**
   * Where it comes from, in words.
   */
  provenance: string;
  scale: ScaleView;
  /**
   * Title.
   */
  title: string;
  /**
   * Version.
   */
  version: string;
}
/**
 * A band of the total.
 */
export interface Band {
  /**
   * Code, for example `tot`.
   */
  code: string;
  /**
   * Lowest total, hundredths.
   */
  min: number;
  /**
   * Vietnamese.
   */
  vi: string;
}
/**
 * A group of criteria.
 */
export interface CriteriaGroup {
  /**
   * Code.
   */
  code: string;
  /**
   * Criteria in order.
   */
  criteria: Criterion[];
  /**
   * Maximum of the group, hundredths.
   */
  max: number | null;
  /**
   * Vietnamese.
   */
  vi: string;
}
/**
 * One criterion.
 */
export interface Criterion {
  /**
   * Code, for example `C1`.
   */
  code: string;
  /**
   * English, when there is one.
   */
  en: string | null;
  /**
   * Zero here rules out recognition.
   */
  mandatory: boolean;
  /**
   * Maximum, hundredths; absent for pass/fail.
   */
  max: number | null;
  /**
   * Vietnamese.
   */
  vi: string;
}
/**
 * Registration cycles.
 */
export interface CycleList {
  /**
   * Newest first.
   */
  cycles: CycleRow[];
}
/**
 * A yearly registration cycle.
 */
export interface CycleRow {
  /**
   * Last day for registrations, ISO.
   */
  closes: string | null;
  /**
   * Criteria set version (record id), if pinned.
   */
  criteria: string | null;
  /**
   * Units whose registration is expected; empty means every unit that has a device.
   */
  expected_units: string[];
  /**
   * Fields of that scheme.
   */
  fields: FieldRow[];
  /**
   * Record id.
   */
  id: string;
  /**
   * First day, ISO.
   */
  opens: string | null;
  /**
   * Field scheme.
   */
  scheme: string;
  /**
   * Whose scheme.
   */
  scheme_owner: string;
  /**
   * Year.
   */
  year: number;
}
/**
 * One field of a scheme.
 */
export interface FieldRow {
  /**
   * Code, for example `VHXH`.
   */
  code: string;
  /**
   * English label.
   */
  en: string;
  /**
   * Vietnamese label of the scheme.
   */
  vi: string;
}
/**
 * Opens a yearly cycle (compilers).
 */
export interface OpenCycle {
  /**
   * Last day, ISO.
   */
  closes?: string | null;
  /**
   * Criteria set version (record id).
   */
  criteria?: string | null;
  /**
   * Units whose registration is expected.
   */
  expected_units?: string[];
  /**
   * First day, ISO.
   */
  opens?: string | null;
  /**
   * Scheme id.
   */
  scheme: string;
  /**
   * Year.
   */
  year: number;
}
/**
 * Adds a delegation, or sets the units of one (compilers). Its rights follow after the next exchange.
 */
export interface SetDelegation {
  /**
   * Campaign.
   */
  campaign: string;
  /**
   * Existing delegation; absent adds one.
   */
  delegation?: string | null;
  /**
   * Number, from 1.
   */
  number: number;
  /**
   * Units it surveys.
   */
  units: string[];
}
/**
 * The devices of the province (administrators and compilers).
 */
export interface DeviceList {
  /**
   * In order of enrolment.
   */
  devices: DeviceRow[];
}
/**
 * One enrolled device.
 */
export interface DeviceRow {
  /**
   * Its public key, hexadecimal.
   */
  device: string;
  /**
   * Claimed time of the grant.
   */
  granted_at: number;
  /**
   * Unit, delegation or province it works for: its name, or its number for a delegation.
   */
  holder_name: string;
  /**
   * This device.
   */
  is_this: boolean;
  /**
   * Label given at enrolment.
   */
  label: string;
  /**
   * A revocation is on its way but has not reached the province.
   */
  revocation_pending: boolean;
  /**
   * Set when the province has revoked it.
   */
  revoked: boolean;
  role: RoleName;
  /**
   * Assessor slot, for delegation roles.
   */
  slot: number | null;
}
/**
 * Revokes a lost device.
 */
export interface Revoke {
  /**
   * Its public key, hexadecimal.
   */
  device: string;
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
  /**
   * Why, in words.
   */
  reason: string;
}
/**
 * What waits for a decision.
 */
export interface DifferenceList {
  /**
   * Open ones first, then the decided ones (newest 50).
   */
  differences: Difference[];
}
/**
 * One property with several values.
 */
export interface Difference {
  /**
   * Set after a decision: who decided.
   */
  decided_by: string | null;
  /**
   * Kind of record: `registration`, `agreed_score`, `visit`, …
   */
  kind: string;
  /**
   * This profile may decide.
   */
  may_resolve: boolean;
  /**
   * Texts written on several devices were brought together: the first value is what they give, written by
   * nobody, and somebody has to read it.
   */
  merged: boolean;
  /**
   * What a row of the property is called: a figure's name, the words of a finding or of a point of the
   * agenda, a criterion's code. Empty where the property has no rows.
   */
  name: string;
  /**
   * Property, for example `name` or `items/C1`.
   */
  property: string;
  /**
   * Record.
   */
  record: string;
  /**
   * Title of the record.
   */
  title: string;
  /**
   * The values; the first is the one every device shows.
   */
  values: DifferingValue[];
}
/**
 * One of the values.
 */
export interface DifferingValue {
  /**
   * Names the value when deciding.
   */
  choice: string;
  /**
   * The time that device claimed.
   */
  claimed_at: number;
  /**
   * As a person reads it.
   */
  text: string;
  /**
   * Label of the device that wrote it.
   */
  who: string;
}
/**
 * Decides: one entry.
 */
export interface ResolveDifference {
  /**
   * `choice` of the value to keep.
   */
  choice: string;
  /**
   * Property.
   */
  property: string;
  /**
   * Record.
   */
  record: string;
}
/**
 * Uses an invitation on this device.
 */
export interface Enrol {
  /**
   * The whole text.
   */
  invitation: string;
  /**
   * How this device is called, for example "Máy tính trực ban".
   */
  label: string;
}
/**
 * Who this profile is and what state its records are in; the header and the state chip show it.
 */
export interface Status {
  /**
   * This device's clock is behind or far ahead of the newest times that others claim.
   */
  clock_doubtful: boolean;
  /**
   * The year of the newest open registration cycle this device knows, if any.
   */
  current_cycle: string | null;
  /**
   * Short fingerprint of this device's key, as people compare it.
   */
  device: string;
  /**
   * Differing contents that wait for a decision, as `differences.list` asks them.
   */
  differences: number;
  /**
   * This device and the province have nothing more to say and yet hold different entries.
   */
  differs_from_province: boolean;
  exchange: ExchangeState;
  /**
   * Absent until the device is enrolled.
   */
  identity: Identity | null;
  key_keeping: KeyKeeping;
  /**
   * When the province last answered, claimed time of this device; absent if never.
   */
  last_contact: number | null;
  /**
   * Of these, entries that were sent and wait for the receipt.
   */
  sent_unconfirmed: number;
  /**
   * Entries set aside or refused, with a reason, that nobody has acknowledged.
   */
  set_aside: number;
  settings: Settings;
  /**
   * Entries of this device that the province has not confirmed.
   */
  unsent: number;
}
/**
 * The enrolled identity of a profile.
 */
export interface Identity {
  /**
   * The unit (post) or delegation the grant names; the province for compilers and administrators.
   */
  holder_id: string;
  /**
   * Its name, or its number for a delegation.
   */
  holder_name: string;
  /**
   * Label given to this device at enrolment, for example "Máy tính trực ban".
   */
  label: string;
  /**
   * The province's id.
   */
  province_id: string;
  /**
   * The province's name.
   */
  province_name: string;
  /**
   * The province has revoked this device; its later work waits for review.
   */
  revoked: boolean;
  role: RoleName;
  /**
   * Where the province server is.
   */
  server: string;
  /**
   * Assessor slot of a delegation member, from 1.
   */
  slot: number | null;
}
/**
 * Settings of a profile; they stay on this device.
 */
export interface Settings {
  /**
   * Exchange by itself when a connection appears.
   */
  automatic_exchange?: boolean;
  language?: Language;
  originals?: OriginalsGo;
  /**
   * Large type and high contrast for sunlight.
   */
  sunlight?: boolean;
}
/**
 * An invitation as text (what the QR code carries).
 */
export interface InvitationText {
  /**
   * The whole text, `cotmoc1:…`.
   */
  invitation: string;
}
/**
 * What an invitation says, before it is used.
 */
export interface InvitationView {
  /**
   * End of validity by the server's clock.
   */
  expires_at: number;
  /**
   * Fingerprint of the province's key, in groups people can compare.
   */
  fingerprint: string;
  /**
   * Unit, delegation or province that will be granted: its name, or its number for a delegation.
   */
  holder_name: string;
  /**
   * Province.
   */
  province_name: string;
  role: RoleName;
  /**
   * Server address.
   */
  server: string;
  /**
   * Assessor slot, for delegation roles.
   */
  slot: number | null;
}
/**
 * Makes an invitation (administrators and compilers).
 */
export interface Invite {
  /**
   * The delegation, for head, secretary and member.
   */
  delegation?: string | null;
  role: RoleName;
  /**
   * Assessor slot, for delegation roles; from 1.
   */
  slot?: number | null;
  /**
   * The unit, for a post.
   */
  unit?: string | null;
  /**
   * Days until it expires, 1 to 60.
   */
  valid_days: number;
}
/**
 * A fresh invitation, to be handed over by QR or text.
 */
export interface InvitationMade {
  /**
   * The text, `cotmoc1:…`.
   */
  invitation: string;
  /**
   * It works only after this device's next exchange has brought it to the province.
   */
  needs_exchange: boolean;
  /**
   * The same as a QR code, an SVG image.
   */
  qr_svg: string;
  view: InvitationView;
}
/**
 * Adds a file that a door has taken.
 */
export interface AddEvidence {
  /**
   * What it shows.
   */
  caption?: string;
  /**
   * Keep where the photo was taken, if its camera noted it. Everything else that it noted is never kept.
   */
  keep_place?: boolean;
  /**
   * Name of the file.
   */
  name: string;
  /**
   * The person has seen the warning of personal data for this caption.
   */
  personal_data_checked?: boolean;
  /**
   * Record id of a registration or a visit.
   */
  record: string;
  /**
   * What the door answered when it took the file; good for ten minutes, and gone once the file is added.
   */
  upload: string;
}
/**
 * What was added, and the list with it.
 */
export interface EvidenceAdded {
  list: EvidenceList;
  row: EvidenceRow;
}
/**
 * The evidence of a record.
 */
export interface EvidenceList {
  /**
   * This profile may add and take back.
   */
  may_edit: boolean;
  /**
   * In the order in which they were added, by the clocks of those who did.
   */
  rows: EvidenceRow[];
}
/**
 * One photo or file.
 */
export interface EvidenceRow {
  /**
   * Claimed time.
   */
  added_at: number;
  /**
   * What people look at: a name for [`crate::Desk::media`].
   */
  blob: string;
  /**
   * Label of the device that added it.
   */
  by: string;
  /**
   * Bytes of what people look at.
   */
  bytes: number;
  /**
   * Bytes of it that are on this device already.
   */
  bytes_here: number;
  /**
   * What it shows; may be empty.
   */
  caption: string;
  /**
   * The bytes are on this device; until then they are on their way here.
   */
  complete: boolean;
  /**
   * Pixels of a photo.
   */
  height: number;
  held: Held;
  /**
   * Its id.
   */
  id: string;
  kind: EvidenceKind;
  /**
   * Media type in HTTP's words.
   */
  media_type: string;
  /**
   * Name of the file.
   */
  name: string;
  /**
   * Where it was taken, when its author kept that.
   */
  place: EvidencePlace | null;
  /**
   * The small picture, once it is on this device; none for a document.
   */
  thumbnail: string | null;
  /**
   * Pixels of a photo.
   */
  width: number;
}
/**
 * A place on the globe.
 */
export interface EvidencePlace {
  /**
   * Ten-millionths of a degree, north positive.
   */
  latitude: number;
  /**
   * Ten-millionths of a degree, east positive.
   */
  longitude: number;
}
/**
 * Names the record.
 */
export interface EvidenceOf {
  /**
   * Record id of a registration or a visit.
   */
  record: string;
}
/**
 * Takes a file back. It is not shown any more; the same file can be added again.
 */
export interface RemoveEvidence {
  /**
   * `id` of the row.
   */
  attachment: string;
  /**
   * Record id of a registration or a visit.
   */
  record: string;
}
/**
 * Says that a person has looked at entries that were refused or set aside. They are kept with their reasons.
 */
export interface AcknowledgeSetAside {
  /**
   * Entry hashes, hexadecimal.
   */
  entries: string[];
}
/**
 * The page "Đồng bộ".
 */
export interface ExchangeView {
  /**
   * Bytes of entries that the next run will send, about.
   */
  bytes_to_send: number;
  carried: HeldGroup;
  /**
   * Since when this device and the province have nothing more to say and yet hold different entries, by
   * this device's clock.
   */
  differing_since: number | null;
  files: FilesToSend;
  files_to_fetch: FilesToFetch;
  /**
   * Forked logs that are not settled.
   */
  forks: number;
  /**
   * When the province last answered.
   */
  last_contact: number | null;
  /**
   * Problem of the last try, if it failed.
   */
  last_problem: Problem | null;
  /**
   * What the province does not take as a whole. It waits here and is tried again once a day.
   */
  left_out: NotTakenRow[];
  link: LinkSeen;
  local: HeldGroup;
  /**
   * New lives of this device of which nobody was told yet, the oldest first.
   */
  new_lives: NewLife[];
  /**
   * What came from the province and was not taken.
   */
  not_taken: NotTakenRow[];
  only_here: OnlyHere;
  province: HeldGroup;
  refused: HeldGroup;
  /**
   * About how many seconds entries and the files that go now take by the speed last measured; absent when
   * nothing waits to be sent or no run was large enough to measure.
   */
  seconds_to_send: number | null;
  sent: HeldGroup;
  /**
   * Server address.
   */
  server: string | null;
  /**
   * What was set aside or refused: first what nobody has acknowledged (the newest 200), then what is kept
   * for the record (the newest 50).
   */
  set_aside: SetAsideRow[];
  state: ExchangeState;
  teammate: HeldGroup;
  /**
   * Entries that wait for others which they follow.
   */
  waiting: number;
}
/**
 * Records by where their newest change is held.
 */
export interface HeldGroup {
  /**
   * Their not yet confirmed bytes (0 for the province).
   */
  bytes: number;
  /**
   * Records.
   */
  records: number;
  /**
   * The newest 20.
   */
  rows: HeldRow[];
}
/**
 * One record.
 */
export interface HeldRow {
  held: Held;
  /**
   * Kind.
   */
  kind: string;
  /**
   * Record id.
   */
  record: string;
  /**
   * Title.
   */
  title: string;
}
/**
 * Own photos and files on their way to the province: at most this, because it confirms files of a whole log
 * at once.
 */
export interface FilesToSend {
  /**
   * Photos and files.
   */
  count: number;
  /**
   * Bytes of the rest.
   */
  original_bytes: number;
  /**
   * Why the rest does not go with the next run, nor is fetched with it; absent when it goes.
   */
  originals_wait: OriginalsWait | null;
  /**
   * Bytes of their thumbnails, which go with the next run.
   */
  thumbnail_bytes: number;
}
/**
 * Photos and files in full size that this device may have and lacks, whether or not the province has them yet.
 */
export interface FilesToFetch {
  /**
   * Their bytes, about: of one that came in part all are counted.
   */
  bytes: number;
  /**
   * How many.
   */
  count: number;
}
/**
 * What went wrong, as data: the words in Vietnamese and English live with the screens.
 *
 * A code exists only if a screen acts on it or has its own sentence for it. The cause and its trace go
 * to the log, never through a door.
 */
export interface Problem {
  /**
   * Stable code in snake case, for example `home_in_use`.
   */
  code: string;
  /**
   * What the sentence names: a unit, a row, a file, a limit.
   */
  params: {
    [k: string]: string;
  };
}
/**
 * A run of entries that one of the two ends did not take.
 */
export interface NotTakenRow {
  /**
   * When it came or went first, by this device's clock.
   */
  at: number;
  /**
   * Label of the author's device.
   */
  author: string;
  /**
   * Why: `signature`, `fork`, `foreign_province` or `document`; of the province also `too_large`, `outside_scope`
   * or `other`.
   */
  problem: string;
}
/**
 * What is known of the link to the province.
 */
export interface LinkSeen {
  metering: Metering;
  /**
   * It was slow when last measured.
   */
  slow: boolean;
}
/**
 * This device was restored or copied and goes on in a new life: its logs begin anew, and nothing is lost.
 */
export interface NewLife {
  /**
   * When, by this device's clock; absent when that is not known.
   */
  began_at: number | null;
  /**
   * Why: `other_machine`, `other_place`, `older_copy`, `remote_ahead` or `forked`.
   */
  reason: string;
}
/**
 * What is on no other device, stick or server that this device knows of.
 */
export interface OnlyHere {
  /**
   * Bytes of both, about.
   */
  bytes: number;
  /**
   * Entries of this device.
   */
  entries: number;
  /**
   * Own photos and files. One that was written to a stick or given to a teammate still counts: only the
   * province says that it has a file whole.
   */
  files: number;
  /**
   * The newest 20 of the photos and files.
   */
  newest_files: FileOnlyHere[];
}
/**
 * A photo or file that the province has not confirmed.
 */
export interface FileOnlyHere {
  /**
   * Bytes of all its forms.
   */
  bytes: number;
  /**
   * What it shows; may be empty.
   */
  caption: string;
  /**
   * Its id.
   */
  id: string;
  /**
   * Kind of that record.
   */
  kind: string;
  /**
   * Name of the file.
   */
  name: string;
  /**
   * The registration or visit where it is shown.
   */
  record: string;
  /**
   * What that record is called.
   */
  title: string;
}
/**
 * An entry that was set aside or refused; its bytes are kept.
 */
export interface SetAsideRow {
  /**
   * A person has looked at it: it is not counted any more.
   */
  acknowledged: boolean;
  /**
   * When.
   */
  at: number;
  /**
   * Label of the author's device.
   */
  author: string;
  /**
   * True when the province refused an entry of this device, false when this device set a foreign one aside.
   */
  by_province: boolean;
  /**
   * Entry hash, hexadecimal.
   */
  entry: string;
  /**
   * Kind of that record; empty when it is not known.
   */
  kind: string;
  /**
   * Reason code; the screens have the words (`refusal.<reason>`).
   */
  reason: string;
  /**
   * Record it belongs to.
   */
  record: string;
  /**
   * What that record is called; empty when its kind says enough or nothing of it is held.
   */
  title: string;
}
/**
 * Tries an entry again that was set aside here.
 */
export interface RetrySetAside {
  /**
   * Entry hash, hexadecimal.
   */
  entry: string;
}
/**
 * Starts an exchange with the province.
 */
export interface RunExchange {
  /**
   * Photos and files in full size too, whatever the link and the settings; for this run only.
   */
  with_originals?: boolean;
}
/**
 * What one run of the exchange did.
 */
export interface ExchangeOutcome {
  /**
   * Application bytes received.
   */
  bytes_received: number;
  /**
   * Application bytes sent.
   */
  bytes_sent: number;
  /**
   * Entries the province confirmed in this run.
   */
  confirmed: number;
  /**
   * Both sides hold the same entries of this device's scopes (compared by digest).
   */
  equal: boolean;
  /**
   * New entries received.
   */
  received: number;
  /**
   * Entries the province refused and had not refused before, or refused for another reason.
   */
  refused: number;
  /**
   * Round trips.
   */
  round_trips: number;
  /**
   * A person stopped the run. What is counted above is kept; the rest waits for the next run.
   */
  stopped: boolean;
}
/**
 * Reads a figure without storing it (shown while typing).
 */
export interface ReadFigure {
  /**
   * As typed.
   */
  raw: string;
  /**
   * Unit when typed separately.
   */
  unit?: string;
}
/**
 * A figure with its reading.
 */
export interface FigureView {
  /**
   * Denominator of a ratio.
   */
  denominator: string | null;
  /**
   * Why the reading may not be what was meant, and should be looked at: `dot_as_decimal`,
   * `comma_may_be_thousands`, `spaced_thousands`, `negative`, `part_over_whole`, `range_reversed`,
   * `unused_text`, `out_of_range`, `may_be_telephone` or `not_understood`.
   */
  doubt: string | null;
  /**
   * Id.
   */
  id: string;
  /**
   * What is counted.
   */
  name: string;
  /**
   * Numerator of a ratio.
   */
  numerator: string | null;
  /**
   * Period.
   */
  period: string;
  /**
   * `exact`, `approx`, `over`, `at_least`, `under`, `at_most`, `unquantified`.
   */
  qualifier: string;
  /**
   * As typed.
   */
  raw: string;
  /**
   * Unit.
   */
  unit: string;
  /**
   * Value as a decimal with a dot, for example "75.6"; absent when unquantified.
   */
  value: string | null;
  /**
   * Reading in English.
   */
  words_en: string;
  /**
   * Reading in Vietnamese, for example "lớn hơn 200".
   */
  words_vi: string;
}
/**
 * Puts a finding: one entry.
 */
export interface PutFinding {
  /**
   * Existing finding; absent adds one.
   */
  id?: string | null;
  kind: FindingKind;
  /**
   * The user has seen the personal-data warning and keeps the text.
   */
  personal_data_checked?: boolean;
  /**
   * Model it is about.
   */
  registration?: string | null;
  /**
   * Text.
   */
  text: string;
  /**
   * Visit.
   */
  visit: string;
}
/**
 * A visit as its screen shows it.
 */
export interface VisitView {
  /**
   * Agenda in order.
   */
  agenda: AgendaItem[];
  /**
   * Attendance: roles and units, no names.
   */
  attendance: string;
  /**
   * Criteria set version pinned by the campaign.
   */
  criteria: string;
  /**
   * Findings of all members, in causal order.
   */
  findings: FindingView[];
  /**
   * Findings, score sheets and agreed scores of this visit come to this profile. They are not here
   * otherwise, which is not the same as there being none.
   */
  is_own: boolean;
  /**
   * This profile may enter agreed scores.
   */
  may_agree: boolean;
  /**
   * This profile may write in this visit.
   */
  may_edit: boolean;
  /**
   * Parts that are missing on this device, by name; empty means ready offline.
   */
  missing_parts: string[];
  /**
   * Models of the unit with my score state.
   */
  models: VisitModel[];
  /**
   * Place of the session as typed.
   */
  place: string;
  row: VisitRow;
  /**
   * Typed but not saved.
   */
  unfinished: UnfinishedTyping | null;
}
/**
 * One agenda item.
 */
export interface AgendaItem {
  /**
   * End as typed.
   */
  ends: string;
  /**
   * Id.
   */
  id: string;
  /**
   * Start as typed, for example "08:00".
   */
  starts: string;
  /**
   * What is done.
   */
  text: string;
}
/**
 * A finding.
 */
export interface FindingView {
  /**
   * Assessor slot or role that wrote it.
   */
  by: string;
  /**
   * Differing content waits for a decision.
   */
  differs: boolean;
  /**
   * Id.
   */
  id: string;
  kind: FindingKind;
  /**
   * This device wrote it.
   */
  mine: boolean;
  /**
   * Model it is about, if any (registration id).
   */
  registration: string | null;
  /**
   * Set when it was taken back: the reason.
   */
  removed: string | null;
  /**
   * Text.
   */
  text: string;
}
/**
 * A model of the surveyed unit.
 */
export interface VisitModel {
  /**
   * Agreed total, hundredths.
   */
  agreed_total: number | null;
  /**
   * The registration changed after it was scored.
   */
  changed_since_scored: boolean;
  /**
   * Criteria in all.
   */
  criteria: number;
  /**
   * Field code.
   */
  field: string | null;
  /**
   * Criteria answered on my sheet; 0 also for who has none (`VisitView::is_own`).
   */
  my_answered: number;
  /**
   * My total, hundredths.
   */
  my_total: number | null;
  /**
   * Name.
   */
  name: string;
  /**
   * Sheets of other assessors that this device holds; absent where they do not come.
   */
  other_sheets: number | null;
  /**
   * Registration.
   */
  registration: string;
}
/**
 * One visit.
 */
export interface VisitRow {
  /**
   * Campaign title.
   */
  campaign_title: string;
  /**
   * Day as typed: ISO, or a partial date such as `--05-11`.
   */
  day: string;
  /**
   * Delegation number.
   */
  delegation_number: number;
  /**
   * Findings; absent for who does not receive them, because they are the delegation's own until they are
   * published.
   */
  findings: number | null;
  held: Held;
  /**
   * Models to score.
   */
  models: number;
  /**
   * Score sheets of mine that are complete; absent for who does not score in this visit.
   */
  my_complete: number | null;
  /**
   * Unit.
   */
  unit: string;
  /**
   * Its name.
   */
  unit_name: string;
  /**
   * Record id.
   */
  visit: string;
}
/**
 * Typing that was kept but not saved.
 */
export interface UnfinishedTyping {
  /**
   * Contents by property, as typed.
   */
  contents: {
    [k: string]: string;
  };
  /**
   * Record it belongs to; for a visit's input or a score sheet, that record.
   */
  record: string;
  /**
   * When it was typed.
   */
  typed_at: number;
}
/**
 * Takes a finding back, or restores it.
 */
export interface RemoveFinding {
  /**
   * Finding.
   */
  id: string;
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
  /**
   * Reason; absent restores it.
   */
  reason?: string | null;
  /**
   * Visit.
   */
  visit: string;
}
/**
 * What is known of forked logs.
 */
export interface ForkList {
  /**
   * Those to be settled first.
   */
  forks: ForkRow[];
}
/**
 * One fork. Nothing from its place on counts, of any branch, until an administrator has chosen.
 */
export interface ForkRow {
  /**
   * The branches.
   */
  branches: ForkBranchRow[];
  /**
   * For whom it works.
   */
  holder_name: string;
  /**
   * It is a log of this device.
   */
  is_own: boolean;
  /**
   * A choice is on its way but the province has not entered it.
   */
  is_pending: boolean;
  /**
   * What the device is called.
   */
  label: string;
  log: ForkedLog;
  /**
   * Whose records the log is about: `roster`, `province`, `unit` or `delegation`.
   */
  place: string;
  /**
   * The branch that counts, once that is settled.
   */
  settled: string | null;
  /**
   * The unit's name; empty for other places.
   */
  unit_name: string;
}
/**
 * One branch.
 */
export interface ForkBranchRow {
  /**
   * Entries known of it.
   */
  entries: number;
  /**
   * Hash of its first entry, hexadecimal: it names the branch.
   */
  entry: string;
  /**
   * Earliest time that they claim.
   */
  from: number | null;
  /**
   * Titles of records that they change, as far as this device has them; at most 10.
   */
  titles: string[];
  /**
   * Latest time that they claim.
   */
  to: number | null;
}
/**
 * A forked log, as a request names it.
 */
export interface ForkedLog {
  /**
   * Public key of the device, hexadecimal.
   */
  device: string;
  /**
   * In which of its lives, a number as text.
   */
  incarnation: string;
  /**
   * Scope of the log, hexadecimal.
   */
  scope: string;
  /**
   * The first place at which entries differ.
   */
  seq: number;
}
/**
 * Chooses the branch that counts (administrators).
 */
export interface SettleFork {
  /**
   * The branch to keep, by the hash of its first entry.
   */
  keep: string;
  log: ForkedLog;
}
/**
 * What the first screen shows; parts that do not concern the role are empty.
 */
export interface Home {
  /**
   * Compiler: units expected.
   */
  expected: number;
  /**
   * Compiler: units that have not reported.
   */
  missing: NamedUnit[];
  /**
   * Registrations whose newest change the province has not confirmed.
   */
  not_held: number;
  /**
   * Post: own models of the newest cycle.
   */
  own_models: number;
  /**
   * Possible duplicates that wait for a look.
   */
  possible_duplicates: number;
  /**
   * Compiler: units that reported.
   */
  reported: number;
  /**
   * Post: returned registrations, newest first.
   */
  returned: ModelRow[];
  /**
   * Compiler: totals of the newest cycle.
   */
  sum: TotalCell | null;
  /**
   * Compiler: filter that lists exactly the models behind `sum`.
   */
  sum_filter: ModelFilter | null;
  /**
   * Post: models of an earlier cycle that were not carried over.
   */
  to_carry_over: number;
  /**
   * Delegation: units without a visit yet.
   */
  unvisited: DelegationUnit[];
  /**
   * Delegation: visits.
   */
  visits: VisitRow[];
  /**
   * Post: drafts; compiler: submitted registrations that wait for a decision (first 10).
   */
  waiting: ModelRow[];
  /**
   * How many `waiting` there are in all.
   */
  waiting_count: number;
  /**
   * Year of the newest cycle.
   */
  year: number | null;
}
/**
 * A unit by its name.
 */
export interface NamedUnit {
  /**
   * Name on the day of the total.
   */
  name: string;
  /**
   * Unit.
   */
  unit: string;
}
/**
 * One registration of a model as a row.
 */
export interface ModelRow {
  /**
   * Newest claimed time of a change.
   */
  changed_at: number;
  /**
   * The unit changed contents after the province had accepted them.
   */
  changed_since_accepted: boolean;
  /**
   * Demonstration data.
   */
  demonstration: boolean;
  /**
   * Differing content waits for a decision.
   */
  differs: boolean;
  /**
   * Field code; absent when not chosen.
   */
  field: string | null;
  held: Held;
  kind: RegistrationKind;
  /**
   * Model.
   */
  model: string;
  model_kind: ModelKind;
  /**
   * Name.
   */
  name: string;
  /**
   * Place as written.
   */
  place: string;
  /**
   * The same unit has another registration of nearly the same name in this cycle.
   */
  possible_duplicate: boolean;
  /**
   * Registration.
   */
  registration: string;
  status: RegistrationStatus;
  /**
   * Owner unit.
   */
  unit: string;
  /**
   * Its name.
   */
  unit_name: string;
  /**
   * Year.
   */
  year: number;
}
/**
 * Counts of distinct models.
 */
export interface TotalCell {
  /**
   * By field, in the order of `fields`.
   */
  by_field: number[];
  /**
   * Maintained.
   */
  maintained: number;
  /**
   * Newly registered.
   */
  new: number;
  /**
   * Not split.
   */
  not_split: number;
  /**
   * All.
   */
  total: number;
  /**
   * Without a field of the scheme.
   */
  unclassified: number;
}
/**
 * Filter of models; every field narrows.
 */
export interface ModelFilter {
  /**
   * Only what totals count: submitted or active, and within one cycle each model once.
   */
  counted?: boolean;
  /**
   * Cycle (record id); all cycles when absent.
   */
  cycle?: string | null;
  /**
   * Units as of this day (ISO) for `unit`; today when absent. When `unit` did not exist on it, the nearest
   * day on which it did. A unit that was taken over as a whole counts as its successor.
   */
  day?: string | null;
  /**
   * Only what is labelled demonstration data.
   */
  demonstration?: boolean;
  /**
   * Field code; `KHAC`, no field at all and, within one cycle, a code its scheme does not have are all
   * "unclassified", which is asked for as `KHAC`.
   */
  field?: string | null;
  /**
   * New, maintained or not split.
   */
  kind?: RegistrationKind | null;
  /**
   * Only what waits for this profile: returned (post), submitted (compiler).
   */
  needs_me?: boolean;
  /**
   * Only `unit` itself, without those below it.
   */
  own_only?: boolean;
  /**
   * Only those that bear the name of another registration of the same unit and cycle.
   */
  possible_duplicate?: boolean;
  /**
   * Folded search over name, place and unit.
   */
  query?: string | null;
  /**
   * Status.
   */
  status?: RegistrationStatus | null;
  /**
   * Only models of an earlier cycle that have no registration in the newest one, each by its latest
   * registration.
   */
  to_carry_over?: boolean;
  /**
   * Only what belongs to `unit` and to no single unit below it on the day.
   */
  unallocated?: boolean;
  /**
   * This unit and those below it.
   */
  unit?: string | null;
}
/**
 * Whether this device keeps a hub: the answer of `hub.open`, `hub.status` and `hub.close`.
 */
export interface HubStatus {
  /**
   * This door can open a hub.
   */
  can_open: boolean;
  /**
   * The open hub; absent while it is closed.
   */
  open: OpenHubView | null;
}
/**
 * A hub that is open.
 */
export interface OpenHubView {
  /**
   * Where it is reached, `https://host:port`, the likeliest first.
   */
  addresses: string[];
  /**
   * Teammates find it again by themselves when they come to this network: it is announced there.
   */
  announced: boolean;
  /**
   * Public key of the device that keeps it, hexadecimal.
   */
  device: string;
  /**
   * Fingerprint of that key, as people compare it.
   */
  fingerprint: string;
  /**
   * Entries handed out since it was opened.
   */
  given: number;
  /**
   * Who has asked since it was opened, the latest first.
   */
  guests: HubGuest[];
  /**
   * What teammates paste or scan, `cotmochub1:…`. It is no secret: who has no grant gets nothing with it.
   */
  invitation: string;
  /**
   * The province.
   */
  province_name: string;
  /**
   * The same as a QR code, an SVG image.
   */
  qr_svg: string;
  /**
   * Entries taken in since it was opened that were new here.
   */
  taken: number;
  /**
   * SHA-256 of its TLS key, hexadecimal; the same every time.
   */
  tls_pin: string;
  /**
   * When it closes by itself, by this device's clock.
   */
  until: number;
}
/**
 * A device that asked an open hub.
 */
export interface HubGuest {
  /**
   * Its public key, hexadecimal.
   */
  device: string;
  /**
   * Entries it was handed.
   */
  given: number;
  /**
   * Unit, delegation or province it works for.
   */
  holder_name: string;
  /**
   * Its label at enrolment.
   */
  label: string;
  /**
   * When it asked last, by this device's clock.
   */
  last_seen: number;
  /**
   * Its role by grant.
   */
  role: RoleName | null;
  /**
   * Entries it brought that were new here.
   */
  taken: number;
}
/**
 * Joins a teammate's hub: it is kept as a remote, exchanged with when it is found, and named in `remotes.list`.
 */
export interface JoinHub {
  /**
   * The whole text, `cotmochub1:…`.
   */
  text: string;
}
/**
 * One remote.
 */
export interface RemoteRow {
  /**
   * When it was added, by this device's clock; absent for the province.
   */
  added_at: number | null;
  /**
   * Where it was last, `https://host:port`; absent for sticks.
   */
  address: string | null;
  /**
   * Speed of the link as last measured, bytes a second; absent when no run was large enough.
   */
  bytes_per_second: number | null;
  /**
   * Fingerprint of the device that keeps it, as people compare it; absent for the province.
   */
  fingerprint: string | null;
  /**
   * It is found on this network now; false for the province and sticks, of which that is not known.
   */
  here: boolean;
  /**
   * It is the province, which cannot be forgotten.
   */
  is_province: boolean;
  kind: RemoteKind;
  /**
   * What a person calls it: the province, or the label of the device that keeps the hub.
   */
  label: string;
  /**
   * When it last answered, by this device's clock.
   */
  last_contact: number | null;
  /**
   * Problem of the last try, if it failed.
   */
  last_problem: Problem | null;
  /**
   * Its name for `remotes.exchange` and `remotes.forget`: `province`, or `hub:` or `stick:` and an id.
   */
  name: string;
  /**
   * Their bytes, about, before compression.
   */
  owed_bytes: number;
  /**
   * Entries it may have and is not known to hold, of whoever wrote them.
   */
  owed_entries: number;
}
/**
 * Opens the hub of this device; an open one goes on and gets the new end.
 */
export interface OpenHub {
  /**
   * Minutes until it closes by itself, 1 to 480; 60 when absent.
   */
  minutes?: number | null;
}
/**
 * What a rebuild from the journal found.
 */
export interface RebuildReport {
  /**
   * Documents whose state differed before and after: 0 unless the cache was damaged.
   */
  changed: number;
  /**
   * Documents rebuilt.
   */
  documents: number;
  /**
   * Entries read.
   */
  entries: number;
  /**
   * BLAKE3 over the sorted entry hashes, hexadecimal.
   */
  entries_hash: string;
  /**
   * BLAKE3 over all document states in order of id, hexadecimal.
   */
  state_hash: string;
}
/**
 * How the key is kept after a change.
 */
export interface KeyKept {
  keeping: KeyKeeping;
  /**
   * The keyring could not be asked to forget the key it had, so it still opens the database. It is
   * asked again each time the profile is opened.
   */
  left_in_keyring: boolean;
}
/**
 * Closes or reopens a model (the owner unit).
 */
export interface CloseModel {
  /**
   * True closes, false reopens.
   */
  closed: boolean;
  /**
   * Model.
   */
  model: string;
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
  /**
   * Why; empty reopens it.
   */
  reason: string;
}
/**
 * Counts for the filter chips, under the same filter without the facet itself.
 */
export interface ModelFacets {
  /**
   * By field code; empty value for none.
   */
  field: FacetCount[];
  /**
   * By kind.
   */
  kind: FacetCount[];
  /**
   * By status.
   */
  status: FacetCount[];
  /**
   * Rows under the whole filter.
   */
  total: number;
}
/**
 * One chip.
 */
export interface FacetCount {
  /**
   * Rows.
   */
  count: number;
  /**
   * Value as the filter takes it.
   */
  value: string;
}
/**
 * Asks for one page of models.
 */
export interface ListModels {
  /**
   * `next` of the page before.
   */
  after?: string | null;
  filter?: ModelFilter;
  /**
   * Rows per page, 1 to 200; 50 when 0.
   */
  limit?: number;
}
/**
 * One page.
 */
export interface ModelPage {
  /**
   * Pass as `after` for the next page; absent on the last.
   */
  next: string | null;
  /**
   * Rows in the order of the Vietnamese alphabet.
   */
  rows: ModelRow[];
}
/**
 * Sets, changes or removes the passphrase that wraps the database key.
 */
export interface ChangePassphrase {
  /**
   * Present when the key is wrapped now.
   */
  current?: string | null;
  /**
   * The new one (at least 8 characters), or nothing: the key then goes to the operating system's
   * keyring if this profile uses it, and is bare otherwise.
   */
  new?: string | null;
}
/**
 * Adds a profile.
 */
export interface AddProfile {
  /**
   * Name shown, for example "Cán bộ trực ban".
   */
  name: string;
  /**
   * Wraps the database key when given (at least 8 characters).
   */
  passphrase?: string | null;
}
/**
 * The profiles of this machine.
 */
export interface ProfileList {
  /**
   * A machine serves several profiles; a device folder given by hand is one fixed profile.
   */
  can_add: boolean;
  /**
   * The one that is open, if any.
   */
  open: string | null;
  /**
   * All profiles, by name.
   */
  profiles: ProfileRow[];
}
/**
 * One profile of this machine.
 */
export interface ProfileRow {
  /**
   * Folder name, which is its id.
   */
  id: string;
  /**
   * A passphrase is needed to open it.
   */
  locked: boolean;
  /**
   * Name shown.
   */
  name: string;
}
/**
 * Opens a profile.
 */
export interface OpenProfile {
  /**
   * Id of the profile.
   */
  id: string;
  /**
   * Needed when the profile is locked.
   */
  passphrase?: string | null;
}
/**
 * Imports reference data (compilers and administrators).
 */
export interface ImportReference {
  /**
   * Apply the good rows although others are refused. Without it one bad row stops the whole file.
   */
  accept_good_rows?: boolean;
  /**
   * Only say what would happen.
   */
  check_only?: boolean;
  /**
   * The file's bytes, base64.
   */
  content_base64: string;
  kind: ReferenceKind;
}
/**
 * What an import did or would do.
 */
export interface ImportReport {
  /**
   * Records were written.
   */
  applied: boolean;
  /**
   * Of these, changed records.
   */
  changed: number;
  /**
   * Of these, new records.
   */
  created: number;
  /**
   * Rows that are good.
   */
  good: number;
  /**
   * Rows that were refused.
   */
  refused: RefusedRow[];
  /**
   * Good rows that somebody should look at; they are imported like the others.
   */
  remarks: ImportRemark[];
}
/**
 * A row of an imported file that was refused.
 */
export interface RefusedRow {
  /**
   * Column heading or property name.
   */
  column: string;
  /**
   * Reason code; the screens have the words (`import.<reason>`).
   */
  reason: string;
  /**
   * Row number as the spreadsheet shows it, or the position in the JSON list, from 1.
   */
  row: number;
  /**
   * What was found there.
   */
  value: string;
}
/**
 * What is doubtful about a good row of an imported file.
 */
export interface ImportRemark {
  /**
   * What it is about; the screens have the words (`remark.<code>`).
   */
  code: string;
  /**
   * Column heading or property name.
   */
  column: string;
  /**
   * What the words name: days (ISO), units, titles.
   */
  params: {
    [k: string]: string;
  };
  /**
   * Row number as the spreadsheet shows it, or the position in the JSON list, from 1.
   */
  row: number;
}
/**
 * Carries a model of an earlier year over (posts): same model, new registration, contents copied.
 */
export interface CarryOver {
  /**
   * Cycle to register in; the newest open one when absent.
   */
  cycle?: string | null;
  /**
   * Registration of the earlier year.
   */
  registration: string;
}
/**
 * A registration as its screen shows it.
 */
export interface RegistrationView {
  /**
   * The unit changed contents after the province had accepted them.
   */
  changed_since_accepted: boolean;
  /**
   * Cycle (record id), if tied to one.
   */
  cycle: string | null;
  /**
   * Declared date of the last submission, ISO.
   */
  declared: string | null;
  /**
   * Demonstration data.
   */
  demonstration: boolean;
  /**
   * Properties with differing content.
   */
  differing: string[];
  /**
   * Figures with their readings, in order of entry.
   */
  figures: FigureView[];
  held: Held;
  /**
   * Something is saved in it. A registration that was only opened has an id, under which typing is kept, and
   * nothing else.
   */
  is_begun: boolean;
  /**
   * Declared after the cycle had closed ("nhận sau hạn").
   */
  late: boolean;
  /**
   * It may be carried over into `current_cycle`: it is of an earlier year and this unit's own.
   */
  may_carry_over: boolean;
  /**
   * This profile may write the contents.
   */
  may_edit: boolean;
  /**
   * This profile may review it now.
   */
  may_review: boolean;
  /**
   * Contents that are still empty: property names of `RegistrationValues`.
   */
  missing: string[];
  /**
   * Model.
   */
  model: string;
  /**
   * Other registrations that may be the same model.
   */
  possible_duplicates: DuplicateRow[];
  /**
   * Record id.
   */
  registration: string;
  /**
   * Those without which it cannot be submitted.
   */
  required: string[];
  /**
   * Reason of the last return, when returned.
   */
  returned_reason: string | null;
  status: RegistrationStatus;
  /**
   * Typed but not saved, from before a crash or a change of screen.
   */
  unfinished: UnfinishedTyping | null;
  /**
   * Owner unit.
   */
  unit: string;
  /**
   * Its name.
   */
  unit_name: string;
  values: RegistrationValues;
  /**
   * Year of the cycle.
   */
  year: number;
}
/**
 * A registration that may be the same model.
 */
export interface DuplicateRow {
  /**
   * Name.
   */
  name: string;
  /**
   * Record id.
   */
  registration: string;
}
/**
 * Contents of a registration. Absent fields are left as they are; an empty text clears.
 */
export interface RegistrationValues {
  /**
   * R4, content and method.
   */
  approach?: string | null;
  /**
   * R5, area and target group as a category.
   */
  area_and_target?: string | null;
  /**
   * Field code of the cycle's scheme.
   */
  field?: string | null;
  /**
   * Indicator figures to put, by id.
   */
  figures?: FigureInput[];
  /**
   * R6, lead, coordinating and participating forces.
   */
  forces?: string | null;
  /**
   * R3, goals and criteria.
   */
  goals?: string | null;
  /**
   * New, maintained or not split.
   */
  kind?: RegistrationKind | null;
  /**
   * Mô hình, chương trình or phần việc.
   */
  model_kind?: ModelKind | null;
  /**
   * R1, name of the model.
   */
  name?: string | null;
  /**
   * R9, outputs.
   */
  outputs?: string | null;
  /**
   * Address, place of implementation.
   */
  place?: string | null;
  /**
   * R2, situation and reason.
   */
  rationale?: string | null;
  /**
   * Ids of figures to remove.
   */
  remove_figures?: string[];
  /**
   * R7, resources.
   */
  resources?: string | null;
  /**
   * R8, schedule and evaluation date, as written.
   */
  schedule?: string | null;
  /**
   * R10, sustainability and replication.
   */
  sustainability?: string | null;
}
/**
 * An indicator figure as typed.
 */
export interface FigureInput {
  /**
   * Id of the figure; absent makes a new one.
   */
  id?: string | null;
  /**
   * What is counted, for example "Số học sinh được hỗ trợ".
   */
  name: string;
  /**
   * Period it speaks of, as written.
   */
  period?: string;
  /**
   * Set when the reader's reading is wrong: `exact`, `approx`, `over`, `at_least`, `under`, `at_most`,
   * `unquantified`.
   */
  qualifier?: string | null;
  /**
   * As the field writes it: "trên 200", "75,6 ha", "48/48", "500.000đ/cháu/tháng".
   */
  raw: string;
  /**
   * Unit when not part of `raw`.
   */
  unit?: string;
}
/**
 * Discards a draft that was never submitted, or restores it.
 */
export interface DiscardRegistration {
  /**
   * True discards, false takes it back.
   */
  discarded: boolean;
  /**
   * Record id.
   */
  registration: string;
}
/**
 * Names a registration.
 */
export interface RegistrationId {
  /**
   * Record id.
   */
  registration: string;
}
/**
 * History of a record, newest first: what follows another change stands above it, and where nothing follows,
 * the time their devices claimed decides.
 */
export interface History {
  /**
   * The changes.
   */
  changes: HistoryRow[];
}
/**
 * One saved group.
 */
export interface HistoryRow {
  /**
   * The time that device claimed; orders only what does not follow from one another.
   */
  claimed_at: number;
  /**
   * What the province decided with it, when it is a review.
   */
  decision: ReviewDecision | null;
  /**
   * Entry hash, hexadecimal.
   */
  entry: string;
  held: Held;
  /**
   * Unit, delegation or province of that device: its name, or its number for a delegation.
   */
  holder_name: string;
  /**
   * Which record it changed: `registration`, `model`, `review`, …
   */
  kind: string;
  /**
   * Properties it changed.
   */
  properties: string[];
  /**
   * The reason given with that decision, as written.
   */
  reason: string | null;
  /**
   * Why the province did not accept it, when it did not; the screens have the words (`refusal.<reason>`).
   */
  refused_for: string | null;
  /**
   * Role of that device.
   */
  role: RoleName | null;
  /**
   * What it wrote there, as a person reads it.
   */
  values: WrittenValue[];
  /**
   * Label of the device that made it.
   */
  who: string;
}
/**
 * What one change wrote into one property.
 */
export interface WrittenValue {
  /**
   * Property, for example `goals` or `figures/…`.
   */
  property: string;
  /**
   * The value as this change left it, in words; a removed one says so.
   */
  text: string;
}
/**
 * Reviews a submitted registration (compilers).
 */
export interface ReviewRegistration {
  decision: ReviewDecision;
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
  /**
   * Reason; required for a return.
   */
  reason?: string;
  /**
   * Record id.
   */
  registration: string;
}
/**
 * Saves one field group when it is left: one entry.
 */
export interface SaveRegistration {
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
  /**
   * Record id.
   */
  registration: string;
  values: RegistrationValues;
}
/**
 * Starts a registration of a new model (posts).
 */
export interface StartRegistration {
  /**
   * Cycle; the newest open one when absent. A draft without any cycle is tied when one arrives.
   */
  cycle?: string | null;
  /**
   * Labels the model as demonstration data, for ever.
   */
  demonstration?: boolean;
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
  values?: RegistrationValues;
}
/**
 * Submits a registration (the owner unit).
 */
export interface SubmitRegistration {
  /**
   * Declared date, ISO; today by this device's clock when absent.
   */
  declared?: string | null;
  /**
   * Record id.
   */
  registration: string;
}
/**
 * Names a remote.
 */
export interface RemoteName {
  /**
   * As in `remotes.list`; a label or the beginning of a name that fits one remote alone will do.
   */
  name: string;
}
/**
 * All remotes: the province first, then in the order they were added.
 */
export interface RemoteList {
  /**
   * Empty while the device is not enrolled.
   */
  remotes: RemoteRow[];
}
/**
 * Field schemes.
 */
export interface SchemeList {
  /**
   * By id.
   */
  schemes: SchemeRow[];
}
/**
 * A field scheme: the fields under which a province counts models.
 */
export interface SchemeRow {
  /**
   * The fields, in the scheme's order.
   */
  fields: FieldRow[];
  /**
   * Id.
   */
  id: string;
  /**
   * Whose scheme it is.
   */
  owner: string;
  /**
   * First year, if known.
   */
  valid_from: string | null;
}
/**
 * Enters agreed points for one criterion (secretary, head): one entry.
 */
export interface AgreeScore {
  /**
   * Criterion code; absent when only `not_eligible` is set.
   */
  code?: string | null;
  /**
   * Sets "not eligible for rating"; an empty text takes it back.
   */
  not_eligible?: string | null;
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
  /**
   * Points, hundredths.
   */
  points?: number | null;
  /**
   * Reason; required where assessors differ.
   */
  reason?: string;
  /**
   * Registration.
   */
  registration: string;
  /**
   * Visit.
   */
  visit: string;
}
/**
 * The sheets of all assessors side by side, and what was agreed.
 */
export interface ScoreComparison {
  /**
   * Agreed total when every criterion is agreed, hundredths.
   */
  agreed_total: number | null;
  /**
   * Band derived from the agreed total only.
   */
  band: string | null;
  criteria: CriteriaSetView;
  /**
   * This profile may enter agreed scores.
   */
  may_agree: boolean;
  /**
   * The total reaches the recognition line and no mandatory criterion is zero.
   */
  may_propose_recognition: boolean;
  /**
   * Name of the model.
   */
  model_name: string;
  /**
   * Agreed as not eligible for rating: the reason.
   */
  not_eligible: string | null;
  /**
   * Registration.
   */
  registration: string;
  /**
   * Per criterion, in the order of the set.
   */
  rows: CompareRow[];
  /**
   * Sheets by slot.
   */
  sheets: SheetColumn[];
  /**
   * Difference between the largest and the smallest complete total, hundredths.
   */
  spread: number;
  /**
   * Unit.
   */
  unit_name: string;
  /**
   * Visit.
   */
  visit: string;
}
/**
 * One criterion over all assessors.
 */
export interface CompareRow {
  /**
   * Agreed points.
   */
  agreed: number | null;
  /**
   * Criterion code.
   */
  code: string;
  /**
   * Two people entered different agreed points while apart.
   */
  differs: boolean;
  /**
   * Notes by slot.
   */
  notes: string[];
  /**
   * Points by slot, in the order of `sheets`.
   */
  points: (number | null)[];
  /**
   * Reason for the agreed points.
   */
  reason: string;
  /**
   * Largest minus smallest.
   */
  spread: number;
}
/**
 * One assessor's sheet.
 */
export interface SheetColumn {
  /**
   * Answered.
   */
  answered: number;
  /**
   * Mine.
   */
  mine: boolean;
  /**
   * Reason when not eligible.
   */
  not_eligible: string | null;
  /**
   * Slot.
   */
  slot: number;
  /**
   * Total, hundredths.
   */
  total: number;
}
/**
 * Names a model within a visit.
 */
export interface ScoreOf {
  /**
   * Registration of the model.
   */
  registration: string;
  /**
   * Visit.
   */
  visit: string;
}
/**
 * My score sheet for one model.
 */
export interface ScoreSheetView {
  /**
   * Criteria answered.
   */
  answered: number;
  /**
   * Band of a complete sheet.
   */
  band: string | null;
  /**
   * The registration changed after this sheet was begun.
   */
  changed_since_scored: boolean;
  criteria: CriteriaSetView;
  /**
   * My answers.
   */
  items: ScoreItem[];
  /**
   * Codes of mandatory criteria that are zero.
   */
  mandatory_zero: string[];
  /**
   * This profile has a sheet of its own.
   */
  may_edit: boolean;
  /**
   * Name of the model.
   */
  model_name: string;
  /**
   * Not eligible for rating, which is not zero: the reason.
   */
  not_eligible: string | null;
  /**
   * Registration.
   */
  registration: string;
  /**
   * Record id of that sheet, under which typing is kept; absent for who has none.
   */
  sheet: string | null;
  /**
   * My slot.
   */
  slot: number;
  /**
   * Total of the answers, hundredths.
   */
  total: number;
  /**
   * Criteria in all.
   */
  total_criteria: number;
  /**
   * Typed but not saved, from before a crash or a change of screen: `items/<code>/points` (hundredths),
   * `items/<code>/note`, `not_eligible`.
   */
  unfinished: UnfinishedTyping | null;
  /**
   * Unit.
   */
  unit_name: string;
  /**
   * Visit.
   */
  visit: string;
}
/**
 * One answer.
 */
export interface ScoreItem {
  /**
   * Criterion code.
   */
  code: string;
  /**
   * Note.
   */
  note?: string;
  /**
   * Points in hundredths; for pass/fail 100 is met and 0 not met; absent means not answered.
   */
  points?: number | null;
}
/**
 * Saves answers of my sheet: one entry.
 */
export interface SaveScores {
  /**
   * Answers to put.
   */
  items?: ScoreItem[];
  /**
   * Sets "not eligible for rating" with its reason; an empty text takes it back.
   */
  not_eligible?: string | null;
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
  /**
   * Registration.
   */
  registration: string;
  /**
   * Visit.
   */
  visit: string;
}
/**
 * Searches everything this device holds.
 */
export interface SearchEverywhere {
  /**
   * As typed.
   */
  query: string;
}
/**
 * Hits of a search.
 */
export interface SearchHits {
  /**
   * Best first, at most 30.
   */
  hits: SearchHit[];
}
/**
 * One hit.
 */
export interface SearchHit {
  /**
   * Second line.
   */
  detail: string;
  /**
   * The first day on which a unit no longer existed (ISO), when it has ended.
   */
  ended: string | null;
  /**
   * Record id.
   */
  id: string;
  /**
   * `registration`, `unit` or `visit`.
   */
  kind: string;
  /**
   * Title.
   */
  title: string;
}
/**
 * Bundles of others that this device carries on.
 */
export interface CarriedList {
  /**
   * Of all files.
   */
  bytes: number;
  /**
   * The files, oldest first.
   */
  files: StickFile[];
  /**
   * No more is kept than this many bytes.
   */
  most_bytes: number;
  /**
   * Files that this device has sent on over the network, newest first, at most 20.
   */
  sent: CarriedSent[];
}
/**
 * One file, as its header says; what could not be read is empty.
 */
export interface StickFile {
  /**
   * The bundle, an id.
   */
  bundle: string;
  /**
   * Its length.
   */
  bytes: number;
  /**
   * The bundle has no further part.
   */
  is_last: boolean;
  /**
   * When, by the sender's clock.
   */
  made_at: number | null;
  /**
   * Its name.
   */
  name: string;
  /**
   * Which part of the bundle, from 1; 0 when the header cannot be read.
   */
  part: number;
  /**
   * Where it is.
   */
  path: string;
  /**
   * Names of those who can open it.
   */
  recipients: string[];
  /**
   * Who wrote it: a device's label, or the province's name; a fingerprint when the sender is not known.
   */
  sender: string;
  standing: StickStanding;
}
/**
 * A file of others that was sent to the province with an exchange.
 */
export interface CarriedSent {
  /**
   * When the province answered, by this device's clock.
   */
  at: number;
  /**
   * Its length.
   */
  bytes: number;
  /**
   * Its name.
   */
  name: string;
  /**
   * Why the province did not take it, `damaged`, `newer`, `not_for_us` or `unknown_sender`; then it is still kept
   * here, for a stick. Absent: the province has taken it in, and it is kept no more.
   */
  problem: string | null;
  /**
   * Who wrote it: a device's label.
   */
  sender: string;
}
/**
 * Writes bundles into a folder.
 */
export interface ExportSticks {
  /**
   * The folder, by its path on this machine.
   */
  folder?: string;
  /**
   * Largest file, bytes; absent: as large as FAT32 takes.
   */
  max_file_bytes?: number | null;
  /**
   * Ids of `StickRecipient`; empty: those by default.
   */
  recipients?: string[];
  /**
   * Only what was written since the last export for the same recipient. Whether that one has arrived nobody
   * knows, so this is a choice and not the rule.
   */
  since_last?: boolean;
  /**
   * Leave the originals of photos and files at home: thumbnails only.
   */
  without_originals?: boolean;
}
/**
 * What was written. When this is answered, everything was read back from the stick: it is safe to remove.
 */
export interface StickExported {
  /**
   * Of all files.
   */
  bytes: number;
  /**
   * Files of others that were carried along.
   */
  carried: number;
  /**
   * Chunks of photos and files in them.
   */
  chunks: number;
  /**
   * Entries in them.
   */
  entries: number;
  /**
   * The files, with those that were carried along. Empty when there was nothing to bring to anybody.
   */
  files: StickFile[];
  /**
   * Receipts in them.
   */
  receipts: number;
}
/**
 * Ends carrying files.
 */
export interface ForgetCarried {
  /**
   * Names of the files.
   */
  names: string[];
}
/**
 * Files or folders of a stick.
 */
export interface StickPaths {
  /**
   * Paths on this machine; of a folder its bundle files are meant.
   */
  paths: string[];
}
/**
 * What an import brought.
 */
export interface StickImported {
  /**
   * Entries of this device that the receipts in it confirm for the first time.
   */
  confirmed: number;
  /**
   * New entries.
   */
  entries: number;
  /**
   * Each file with what became of it.
   */
  files: StickFile[];
  /**
   * Photos and files that are whole now.
   */
  photos: number;
  /**
   * Records that changed.
   */
  records: number;
  /**
   * A person stopped it.
   */
  stopped: boolean;
}
/**
 * Bundle files.
 */
export interface StickFiles {
  /**
   * In the order of bundle and part.
   */
  files: StickFile[];
}
/**
 * Where a stick can be, and for whom this device can write.
 */
export interface StickPlaces {
  /**
   * Drives that look as if they can be taken out. A person may name any other folder.
   */
  drives: StickDrive[];
  /**
   * Everyone a bundle can be written for: the province first, then devices.
   */
  recipients: StickRecipient[];
  /**
   * Entries of this device that the province has not confirmed.
   */
  unconfirmed: number;
}
/**
 * A drive of this machine.
 */
export interface StickDrive {
  /**
   * What it is called.
   */
  label: string;
  /**
   * Its folder.
   */
  path: string;
}
/**
 * One for whom a bundle is written.
 */
export interface StickRecipient {
  /**
   * Written for unless recipients are named: the province and the devices of one's own unit or delegation.
   */
  by_default: boolean;
  /**
   * Unit or delegation of a device; empty for the province.
   */
  holder_name: string;
  /**
   * `province`, or the device's key, hexadecimal.
   */
  id: string;
  /**
   * The province's name, or the device's label.
   */
  label: string;
  /**
   * Entries that it is not known to hold.
   */
  owed: number;
  /**
   * Role of a device.
   */
  role: RoleName | null;
}
/**
 * Looks for personal data and secrecy marks in a text (shown before leaving a field).
 */
export interface CheckText {
  /**
   * As typed.
   */
  text: string;
}
/**
 * What a text may contain that must not be there.
 */
export interface TextCheck {
  /**
   * In the order of the text.
   */
  suspicions: Suspicion[];
}
/**
 * One place of a text.
 */
export interface Suspicion {
  /**
   * After the last character.
   */
  end: number;
  /**
   * The words found.
   */
  excerpt: string;
  /**
   * `person_name`, `citizen_number`, `old_id_number`, `phone`, `email` or `secrecy_mark`.
   */
  kind: string;
  /**
   * Which content it stands in, when a whole record was checked.
   */
  property: string;
  /**
   * First character.
   */
  start: number;
}
/**
 * Asks for totals.
 */
export interface GetTotals {
  /**
   * Cycle; the newest when absent.
   */
  cycle?: string | null;
  /**
   * Units as of this day, ISO; the last day of the cycle's year when absent.
   */
  day?: string | null;
  /**
   * This unit and those below it; the province when absent. A unit's device counts the unit alone: it holds
   * nothing of others.
   */
  unit?: string | null;
}
/**
 * Totals of a unit's subtree in one cycle on one day.
 */
export interface Totals {
  /**
   * The day asked for, when the unit did not exist on it: `day` is then the nearest on which it did.
   */
  asked_day: string | null;
  /**
   * The unit that had taken it over by `asked_day`, when that was one: its totals hold these models as well.
   */
  continued_by: NamedUnit | null;
  /**
   * Cycle.
   */
  cycle: string;
  /**
   * Units as of this day.
   */
  day: string;
  /**
   * Units expected.
   */
  expected: number;
  /**
   * Fields in the scheme's order, without `KHAC`: what has no field of the scheme is `unclassified`.
   */
  fields: FieldRow[];
  /**
   * How many figures the unit itself gives for the cycle.
   */
  figures: number;
  filter: ModelFilter;
  /**
   * Footnotes as codes (`footnote.<code>`).
   */
  footnotes: Footnote[];
  /**
   * BLAKE3 over the document states it was computed from, hexadecimal.
   */
  made_of: string;
  /**
   * The units that have not reported.
   */
  missing: NamedUnit[];
  /**
   * Units that reported.
   */
  reported: number;
  /**
   * The unit itself when it has models of its own, its direct children, and at the end what no single one
   * of them can claim ("chưa phân bổ"). They add up to the whole.
   */
  rows: TotalRow[];
  /**
   * Whose field scheme.
   */
  scheme_owner: string;
  sum: TotalCell;
  /**
   * Unit at the top.
   */
  unit: string;
  /**
   * Its name on that day.
   */
  unit_name: string;
  /**
   * Year.
   */
  year: number;
}
/**
 * A footnote of a total.
 */
export interface Footnote {
  /**
   * `not_split`, `possible_duplicates`, `lower_bound`, `unclassified`, `unallocated`, `demonstration`,
   * `returned`.
   */
  code: string;
  /**
   * Count it speaks of.
   */
  count: number;
  /**
   * Filter that lists exactly what it counts; absent where it counts units, not registrations.
   */
  filter: ModelFilter | null;
}
/**
 * One row.
 */
export interface TotalRow {
  cell: TotalCell;
  /**
   * What the unit itself declares as its total, as written ("trên 200"), when it does.
   */
  declared: string | null;
  /**
   * The row is "nơi khác" or another collecting row, not a unit of the register.
   */
  demonstration: boolean;
  /**
   * How many figures the unit itself gives for the cycle.
   */
  figures: number;
  /**
   * It has units below it that have models.
   */
  has_children: boolean;
  /**
   * Name on that day.
   */
  name: string;
  /**
   * The row holds only the unit's own models, without its subtree.
   */
  own_only: boolean;
  /**
   * The row holds what belongs to `unit` and to no single unit below it on that day: models of units that
   * ended and were split.
   */
  unallocated: boolean;
  /**
   * Unit.
   */
  unit: string;
}
/**
 * Names any record.
 */
export interface RecordRef {
  /**
   * Record id.
   */
  record: string;
}
/**
 * Typing kept for a record, if any.
 */
export interface KeptTyping {
  /**
   * What was kept.
   */
  unfinished: UnfinishedTyping | null;
}
/**
 * Keeps typing within a second, outside the journal. Empty `contents` forgets it.
 */
export interface KeepTyping {
  /**
   * Contents by property.
   */
  contents: {
    [k: string]: string;
  };
  /**
   * Record it belongs to.
   */
  record: string;
}
/**
 * Asks for a unit's figures.
 */
export interface GetUnitFigures {
  /**
   * Cycle; the newest when absent.
   */
  cycle?: string | null;
  /**
   * Unit; this profile's own when absent.
   */
  unit?: string | null;
}
/**
 * Figures that belong to a unit rather than to one model.
 */
export interface UnitFiguresView {
  /**
   * Cycle, if any.
   */
  cycle: string | null;
  /**
   * Figures in order of entry.
   */
  figures: FigureView[];
  /**
   * This profile may write them.
   */
  may_edit: boolean;
  /**
   * Record id, under which typing is kept.
   */
  record: string;
  /**
   * Typed but not saved, from before a crash or a change of screen.
   */
  unfinished: UnfinishedTyping | null;
  /**
   * Unit.
   */
  unit: string;
  /**
   * Name.
   */
  unit_name: string;
}
/**
 * Saves figures of this profile's unit: one entry.
 */
export interface SaveUnitFigures {
  /**
   * Cycle; the newest when absent.
   */
  cycle?: string | null;
  /**
   * Figures to put.
   */
  figures?: FigureInput[];
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
  /**
   * Ids to remove.
   */
  remove_figures?: string[];
}
/**
 * Asks for units.
 */
export interface ListUnits {
  /**
   * Units as they were on this day; today when absent.
   */
  day?: string | null;
  /**
   * Also units that are not valid on that day.
   */
  include_past?: boolean;
  /**
   * Folded search.
   */
  query?: string | null;
  /**
   * Only units below this one (and itself).
   */
  within?: string | null;
}
/**
 * Units in the order of the tree.
 */
export interface UnitList {
  /**
   * Parents before children, siblings by the Vietnamese alphabet.
   */
  units: UnitRow[];
}
/**
 * One unit.
 */
export interface UnitRow {
  /**
   * Code on that day.
   */
  code: string | null;
  /**
   * This is demonstration data, not a real unit.
   */
  demonstration: boolean;
  /**
   * Depth below the root, from 0.
   */
  depth: number;
  /**
   * Id.
   */
  id: string;
  /**
   * Level, for example `province`, `district`, `commune`, `border_post`.
   */
  level: string;
  /**
   * Name on that day.
   */
  name: string;
  /**
   * Parent on that day.
   */
  parent: string | null;
  /**
   * Names of the successors, if it has ended.
   */
  successors: string[];
  /**
   * First day, if known.
   */
  valid_from: string | null;
  /**
   * First day it is no longer valid, if any.
   */
  valid_until: string | null;
}
/**
 * The XLSX template for units.
 */
export interface TemplateFile {
  /**
   * The file, base64.
   */
  content_base64: string;
  /**
   * Proposed file name.
   */
  file_name: string;
}
/**
 * Names a visit.
 */
export interface VisitId {
  /**
   * Record id.
   */
  visit: string;
}
/**
 * Visits this profile may see.
 */
export interface VisitList {
  /**
   * What is missing on this device to work in each of them.
   */
  readiness: UnitReadiness[];
  /**
   * Units of this delegation that have no visit yet.
   */
  unvisited: DelegationUnit[];
  /**
   * Newest first, by the order they became known.
   */
  visits: VisitRow[];
}
/**
 * Whether a unit can be visited without a connection.
 */
export interface UnitReadiness {
  /**
   * Parts that are missing on this device, by name; empty means ready offline.
   */
  missing_parts: string[];
  /**
   * Unit.
   */
  unit: string;
}
/**
 * Saves the head of a visit: one entry.
 */
export interface SaveVisit {
  /**
   * Agenda items to put; an empty id makes a new one.
   */
  agenda?: AgendaItem[];
  /**
   * Attendance: roles and units.
   */
  attendance?: string | null;
  /**
   * Day as typed.
   */
  day?: string | null;
  /**
   * The user has seen the personal-data warning for exactly these contents and keeps them.
   */
  personal_data_checked?: boolean;
  /**
   * Place.
   */
  place?: string | null;
  /**
   * Ids of agenda items to remove.
   */
  remove_agenda?: string[];
  /**
   * Visit.
   */
  visit: string;
}
/**
 * Opens a visit of this profile's delegation.
 */
export interface StartVisit {
  /**
   * Day as typed.
   */
  day: string;
  /**
   * Unit.
   */
  unit: string;
}
