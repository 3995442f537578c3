/** Documents of thesetd, written by `make client-types`: do not edit. */

/** A job that is committed and will be run, with what is known of its artist. artist_id, slug and name are null until a slow provider has identified the artist. */
export interface Accepted {
  job_id: number;
  artist_id: string | null;
  slug: string | null;
  name: string | null;
  /** Its stage now. */
  status: "initializing" | "fetching-shows" | "syncing-venues" | "shows-complete" | "syncing-catalog" | "completed" | "failed" | "cancelled";
  /** Whether it was already under way. */
  joined: boolean;
  /** When it is expected to be complete; null if it ended, or if too few imports are known. */
  expected_at: string | null;
  /** Four of five such imports end between these moments. */
  expected_from: string | null;
  expected_until: string | null;
}

/** One actor. */
export interface Actor {
  name: string;
  state: "starting" | "running" | "restarting" | "stopped";
  restarts: number;
  /** Waiting messages. */
  mailbox: number;
  /** "ok", or the work that exceeded its deadline. */
  health: string;
  last_error: string | null;
  last_error_at: string | null;
}

/** The actors in start order. */
export interface Actors {
  actors: Actor[];
}

/** Every provider's limits, lanes and penalty. */
export interface AllLimits {
  limits: Limits[];
}

/** Several artists have this name. */
export interface AmbiguousArtistProblem {
  type: string;
  title: string;
  status: number;
  detail: string;
  candidates: Candidate[];
  [member: string]: unknown;
}

/** Users' interest in one artist since the last report. */
export interface ArtistInterest {
  slug: string;
  /** Current followers. */
  followers?: number | null;
  /** Visits of its pages. */
  visits?: number | null;
}

/** The freshness of the copies of one aspect. `due` of the `copies` are due for a refresh, the oldest since `oldest_due`; `mean_age_s` covers those refreshed before. `stale_share` is the estimated share that differs from the original now, by learned rates and weighted by importance. */
export interface AspectAges {
  aspect: string;
  copies: number;
  due: number;
  oldest_due: string | null;
  mean_age_s: number;
  stale_share: number;
}

/** Spotify's analysis of a track: shares from 0 to 1, `loudness` in dB, `tempo` in beats per minute. */
export interface AudioFeatures {
  spotify_id: string;
  acousticness: number | null;
  danceability: number | null;
  energy: number | null;
  instrumentalness: number | null;
  liveness: number | null;
  loudness: number | null;
  speechiness: number | null;
  valence: number | null;
  tempo: number | null;
  key: number | null;
  mode: number | null;
  time_signature: number | null;
}

/** The acts that play at a show. */
export interface BillOf {
  /** Slugs, the headliner first, with blanks between; or none. */
  artists: string;
}

/** One circuit breaker. */
export interface Breaker {
  name: string;
  state: "closed" | "open" | "half-open";
  failures: number;
  /** Seconds until the next probe while open. */
  retry_in_s: number;
}

/** The circuit breakers. */
export interface Breakers {
  breakers: Breaker[];
}

/** Calls to the providers, the most frequent first. */
export interface CallCounts {
  by: string;
  /** A row for each group. */
  calls: Record<string, unknown>[];
}

/** Where one call of a job is. */
export interface CallSnapshot {
  provider: string;
  endpoint: string;
  /** Where it is on its way to the provider. */
  place: "wire" | "passing" | "lane" | "slot" | "backoff" | "breaker" | "penalty";
  /** Seconds until it resumes, if known. */
  wait_s: number | null;
  /** Calls ahead of it in its lane. */
  ahead: number;
  /** Why it failed, if it is being retried. */
  reason: string;
}

/** An artist that may be meant. */
export interface Candidate {
  /** The Spotify id. */
  id: string;
  name: string;
  followers: number | null;
  genres: string[];
}

/** What one transaction changed about one row. */
export interface CatalogueChange {
  /** Gapless and rising, in the order of commits. */
  seq: number;
  /** What it is about. */
  kind: "artist" | "show" | "setlist" | "prediction" | "identity";
  /** What happened to the row. */
  action: "created" | "changed" | "removed";
  /** The table of the row. */
  table: string;
  /** The row's id. */
  id: string;
  /** The artist that it belongs to; of a show the headliner. */
  artist_id: string | null;
  /** The columns that changed; `songs`, `bill` and `ids` are parts of the row. */
  changed: string[];
  /** Their values before; long ones are left out. */
  before: Record<string, unknown>;
  /** Their values after; long ones are left out. */
  after: Record<string, unknown>;
  /** The job that changed it; null if no job did. */
  job_id: number | null;
  /** When it was published. */
  at: string;
}

/** Changes, ordered by number. */
export interface Changes {
  changes: CatalogueChange[];
  /** Pass it as `since` to get the next page. */
  next: number;
  /** The feed's last number. */
  last: number;
  /** The number of the oldest change that is kept. */
  oldest: number;
}

/** The feed no longer holds all changes after that number, or has not reached it. */
export interface ChangesGoneProblem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** The number of the oldest change that is kept. */
  oldest: number;
  /** The feed's last number. */
  last: number;
  [member: string]: unknown;
}

/** What a clean-up would delete, clear or mark now. */
export interface CleanupPlanned {
  /** Deleted or cleared rows by table, and marks: artists inactive, shows withdrawn. Zeros are left out. */
  rows: Record<string, number>;
}

/** One key of the configuration; for a secret it says only whether it is set. */
export interface ConfigKey {
  key: string;
  /** What is in force. */
  value: string;
  default: string;
  /** What set it. */
  origin: string;
  /** What file and environment say now, if it is something else. */
  pending: string | null;
  /** What puts that in force. */
  takes_effect: string | null;
}

/** The configuration in force. */
export interface Configuration {
  keys: ConfigKey[];
  /** Of the configuration as it is now; a reload would be refused. */
  faults: string[];
}

/** A merge or split that an operator made. */
export interface Decision {
  number: number;
  what: "merge" | "split";
  words: string;
  made_at: string;
  undone_at: string | null;
}

/** The effect of a decision. */
export interface DecisionMade {
  /** The number to undo it by. */
  decision: number | null;
  /** The song that it is about. */
  song: string | null;
}

/** Why a job is not making progress. */
export interface Diagnosis {
  job_id: number;
  /** Null while the database is unavailable. */
  state: "ready" | "running" | "done" | "failed" | "cancelled" | "dead" | null;
  cause: "pause" | "penalty" | "quota" | "breaker" | "hold" | "database" | "backoff" | "not-before" | "quarantine" | "queue" | "lease" | "elsewhere" | "slot" | "lane" | "call" | "work" | "same-key" | "done" | "failed" | "cancelled" | "dead";
  /** The cause in words. */
  text: string;
  /** What would unblock it. */
  unblock: string;
  /** When it resumes, if known. */
  earliest: string | null;
  /** Its place in the queue; 1 is next. */
  place: number | null;
  /** Those of its calls that are under way on this node. */
  calls: CallSnapshot[];
}

/** A job that will run. */
export interface Enqueued {
  job_id: number;
  /** Whether it was already under way. */
  joined: boolean;
}

/** A committed event in its published form; completed, failed and cancelled are final. */
export interface Event {
  /** Gapless and rising, over all jobs. */
  seq: number;
  job_id: number;
  artist_id: string | null;
  slug: string | null;
  /** The stage. */
  status: "initializing" | "fetching-shows" | "syncing-venues" | "shows-complete" | "syncing-catalog" | "completed" | "failed" | "cancelled";
  /** Percent; never falls. */
  progress: number;
  /** The stage in words. */
  message: string;
  /** Items stored so far; <name>_total is the expected number. */
  counts: Record<string, number>;
  at: string;
  /** Of the request that began the job. */
  request_id: string | null;
  /** When it is expected to be complete; null if it ended, or if too few imports are known. */
  expected_at: string | null;
  /** Four of five such imports end between these moments. */
  expected_from: string | null;
  expected_until: string | null;
}

/** An expected number, and the bounds between which it lies in four of five cases. */
export interface Expected {
  expected: number;
  low: number;
  high: number;
}

/** A job, why it is in its state, and what would change that. */
export interface ExplainedJob {
  job: ImportStatus;
  why: string | null;
  unblock: string | null;
}

/** The health of the daemon. */
export interface Health {
  ready: boolean;
  version: string;
  /** "ok", or what is wrong; checks named "provider ..." do not affect readiness. */
  checks: Record<string, string>;
}

/** Everything stored about an artist's identity. */
export interface Identity {
  artist_id: string;
  slug: string;
  name: string;
  /** Whether its ids are proven by more than a name. */
  verified: boolean;
  /** Known from a bill only, never imported. */
  is_stub: boolean;
  ids: KnownId[];
  links: Link[];
  reviews: IdentityReview[];
  decisions: Word[];
}

/** The effect of a decision. */
export interface IdentityDecided {
  number: number | null;
  artist_id: string | null;
  slug: string | null;
  name: string | null;
  /** What went to another artist. */
  moved: string[];
  /** What of it is not settled. */
  remarks: string[];
}

/** A question about an artist for an operator to decide. */
export interface IdentityReview {
  /** The id of the artist that the question is about, as space:id. */
  about: string;
  name: string;
  /** The id space of the candidates. */
  space: string;
  /** Why it is not certain. */
  reason: string;
  proposals: Proposal[];
}

/** The questions left for operators to decide, newest first. */
export interface IdentityReviews {
  reviews: IdentityReview[];
}

/** The public state of one job; for an import, in addition to its row of `import_status`. */
export interface ImportStatus {
  job_id: number;
  /** What it does. */
  kind: "import_artist" | "refresh_shows" | "refresh_setlists" | "refresh_catalog" | "refresh_profile" | "sweep" | "reclassify" | "cleanup" | "noop";
  /** How urgent it is. */
  lane: "interactive" | "high" | "medium" | "low";
  state: "ready" | "running" | "done" | "failed" | "cancelled" | "dead";
  artist_id: string | null;
  slug: string | null;
  /** The artist's. */
  name: string | null;
  /** The stage. */
  status: string;
  /** Percent. */
  progress: number;
  /** The stage in words. */
  message: string;
  /** Items stored so far; <name>_total is the expected number. */
  counts: Record<string, number>;
  /** How often it was started. */
  attempts: number;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  /** A waiting job starts no earlier than this. */
  not_before: string | null;
  /** Of the latest run that failed. */
  error: string | null;
  /** What a deferred job waits for. */
  waits_for: string | null;
  /** When it is expected to be complete; null if it ended, or if too few imports are known. */
  expected_at: string | null;
  /** Four of five such imports end between these moments. */
  expected_from: string | null;
  expected_until: string | null;
  /** Where it runs. */
  node: string | null;
  /** How the artist was named in the request. */
  typed: string | null;
  /** Of the request that began it. */
  request_id: string | null;
}

/** Imports, newest first. */
export interface Imports {
  imports: ImportStatus[];
}

/** What was stored of a report. */
export interface InterestTaken {
  /** Artists that are not known here. */
  unknown: number;
}

/** What the application reports about its users. */
export interface Interests {
  /** At most 1,000. */
  artists: ArtistInterest[];
}

/** Cached responses that were deleted. */
export interface Invalidated {
  /** Responses invalidated in this process; other nodes follow within seconds. */
  invalidated: number;
}

/** Jobs of one state, kind and lane; `oldest` is since when the oldest one has been due, running or dead. */
export interface JobGroup {
  state: string;
  kind: string;
  lane: string;
  count: number;
  oldest: string;
}

/** The outcome of an order about a job. */
export interface JobOrdered {
  job_id: number;
  /** Its previous state. */
  before: "ready" | "running" | "done" | "failed" | "cancelled" | "dead";
  state: "ready" | "running" | "done" | "failed" | "cancelled" | "dead";
  /** The unfinished job that does the same, if there is one; nothing was changed then. */
  joined: number | null;
}

/** Jobs, newest first. */
export interface Jobs {
  jobs: ImportStatus[];
}

/** An id of an artist. */
export interface KnownId {
  id: string;
  /** An older id that leads to one in use. */
  alias: boolean;
  /** Its provider no longer knows it. */
  lost: boolean;
}

/** One lane of a provider. */
export interface Lane {
  lane: string;
  /** Waiting calls. */
  waiting: number;
  /** Age of the oldest waiting call in seconds. */
  oldest_s: number;
  /** Calls served since the start. */
  served: number;
}

/** What holds back calls to one provider. */
export interface Limits {
  provider: string;
  windows: Window[];
  lanes: Lane[];
  /** When calls resume: the provider is rate-limiting the daemon, or refuses its credentials. */
  blocked_until: string | null;
  /** Penalties in a row. */
  strikes: number;
  /** Whether an operator has paused it. */
  paused: boolean;
  /** Why it is blocked, in the provider's words. */
  reason: string | null;
  /** When temporary limits end. */
  temporary_until: string | null;
  /** The limits that apply after that; empty without temporary limits. */
  then: ResumingWindow[];
}

/** Two ids that are, or are not, one artist. */
export interface Link {
  one: string;
  other: string;
  decision: "automatic" | "person" | "review" | "rejected";
  rule: string;
  evidence: string[];
  decided_at: string;
}

/** The song that stays. */
export interface MergeInto {
  /** The id of a song. */
  into: string;
}

/** The venue that is the same place. */
export interface MergeVenueInto {
  /** The id of a venue's row. */
  into: string;
}

/** A message that has failed at least once, or is dead. */
export interface Message {
  /** The number of its change. */
  seq: number;
  kind: "artist" | "show" | "setlist" | "prediction" | "identity";
  /** The id of the row that changed. */
  id: string;
  dead: boolean;
  /** How often it failed. */
  attempts: number;
  /** When it is tried again. */
  again_at: string | null;
  /** Why it failed last. */
  error: string | null;
}

/** The song that a name in an artist's setlists means. */
export interface NameMeans {
  /** A slug. */
  artist: string;
  name: string;
  /** The id of a song, or none. */
  song: string;
}

/** A decision to make: a verb with the members that it needs. */
export interface NewDecision {
  verb: "link" | "unlink" | "merge" | "split" | "undo";
  /** A slug, a name, or an id in any form. */
  artist?: string;
  /** An id; several, separated by blanks; for merge an artist. */
  ids?: string;
  /** Of the decision to undo. */
  number?: string;
}

/** What to import. */
export interface NewImport {
  /** A name, a slug (also as slug:...), the id of a reply, or an id, URI or URL of a provider or MusicBrainz. */
  artist: string;
}

/** Temporary limits, for a time or until the daemon restarts. */
export interface NewLimits {
  /** Windows, separated by commas. */
  limits: string;
  /** A duration: 90s, 15m, 1h or 7d. */
  for?: string;
}

/** What to pin. */
export interface NewPin {
  /** A slug, a name, or an id in any form. */
  artist: string;
  /** Aspects with their ages, separated by blanks. */
  ages: string;
  /** The reason. */
  why: string;
  /** A day, at the end of which it ends. */
  until?: string;
}

/** A plan in place of the configured one, for a time or until it is reset. */
export interface NewPlan {
  /** Five fields: minute, hour, day, month, weekday. */
  cron: string;
  /** Its time zone; the configured one by default. */
  zone?: string;
  /** A duration: 90s, 15m, 1h or 7d. */
  for?: string;
}

/** A node that has run at some time; a live one holds its name. `jobs` counts the jobs running there now. */
export interface NodeRow {
  name: string;
  epoch: number;
  started_at: string;
  live: boolean;
  jobs: number;
}

/** One pause of a provider, a schedule, or everything. */
export interface Pause {
  what: string;
  kind: "provider" | "schedule" | "all";
  since: string;
  /** Work that is still draining; empty when there is none. */
  waits_for: string;
}

/** Everything that is paused. */
export interface Pauses {
  pauses: Pause[];
}

/** A maximum age that an operator set for an aspect of an artist. */
export interface Pin {
  artist_id: string;
  slug: string;
  name: string;
  aspect: "shows" | "setlists" | "catalog" | "profile";
  /** It is refreshed once it is older. */
  max_age: string;
  /** When the pin ends. */
  until: string | null;
  why: string;
  since: string;
  /** When the aspect was last refreshed. */
  looked_at: string | null;
}

/** The active pins. */
export interface Pins {
  pins: Pin[];
}

/** The show whose setlist a page is. */
export interface PlaceAt {
  /** The id of a show, or none. */
  show: string;
}

/** An estimate of the work. */
export interface Planned {
  what: string;
  /** What the estimate is based on. */
  basis: string;
  providers: ProviderPlanned[];
  /** Null if it is unknown; the remarks say why. */
  duration_s: Expected | null;
  remarks: string[];
}

/** Mean scores of predictions, of one artist or, without a slug, of all artists; shares are 0 to 1. */
export interface PredictionScore {
  shows: number;
  f1: number;
  recall: number;
  openers: number;
  closers: number;
  brier: number;
  artist: string;
  slug: string;
  /** The latest show that was scored. */
  last: string | null;
}

/** The scores of predictions after their shows. */
export interface Predictions {
  predictions: PredictionScore[];
}

/** What went wrong, why, and what to do; other members depend on the type. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  [member: string]: unknown;
}

/** A candidate. */
export interface Proposal {
  id: string;
  name: string;
  evidence: string[];
  /** Followers, or pages of setlists. */
  audience: number | null;
}

/** The part of a plan for one provider. */
export interface ProviderPlanned {
  provider: string;
  /** Null if they are unknown; the remarks say why. */
  calls: Expected | null;
  /** The expected calls by what they refresh; empty in the plan of an import. */
  kinds: Record<string, number>;
  /** For how long they wait for its quota; null if the calls are unknown. */
  wait_s: number | null;
  /** Calls that its quota has now; null if none lasts a day. */
  room: number | null;
}

/** A provider caused the problem. */
export interface ProviderProblem {
  type: string;
  title: string;
  status: number;
  detail: string;
  provider: string;
  [member: string]: unknown;
}

/** The path to one provider. */
export interface ProviderStatus {
  name: string;
  /** Whether it has credentials. */
  configured: boolean;
  paused: boolean;
  /** Calls that wait for their turn on this node. */
  waiting: number;
  /** When a rate-limit penalty ends. */
  penalty_until: string | null;
  /** When a provider that refuses the credentials is probed again. */
  held_until: string | null;
  windows: WindowStatus[];
}

/** A track that Spotify recommends to listeners of an artist, with the names of its artists. */
export interface Recommendation {
  spotify_id: string;
  title: string;
  artists: string[];
  popularity: number | null;
}

/** Tracks that Spotify recommends to listeners of an artist. */
export interface Recommendations {
  tracks: Recommendation[];
}

/** The result of reloading the configuration, by when each key takes effect. */
export interface Reload {
  /** Keys that hold now. */
  applied: string[];
  /** Keys that hold once the actors run again, within seconds. */
  renewed: string[];
  /** Keys that need a restart. */
  needs_restart: string[];
}

/** What will be sent again. */
export interface Replayed {
  webhook: string;
  /** How many. */
  messages: number;
}

/** The end of a pause. */
export interface Resumed {
  what: string;
  /** Whether it was paused. */
  resumed: boolean;
}

/** One window of the configured limits, which apply again after temporary ones; calls made until then count. */
export interface ResumingWindow {
  limit: string;
  /** Of a window of a day or more: when it is used up; null if that is not expected. */
  full_at: string | null;
  /** When it then has room again. */
  room_at: string | null;
}

/** Something that an operator should check: a page of setlist.fm, a name in setlists, or a show without acts. */
export interface Review {
  kind: "page" | "song" | "bill";
  /** The page's id, the name as it is written, or the show's id. */
  about: string;
  /** The artist's name, or that of a show without acts. */
  artist: string;
  /** Empty for a show without acts. */
  slug: string;
  /** What is not certain. */
  why: string;
  evidence: string[];
  day: string | null;
  place: string;
  /** Songs on the page. */
  songs: number | null;
  /** Where the page stands now. */
  show: string | null;
  /** The page at setlist.fm. */
  url: string | null;
  /** Songs that the name may mean, or slugs of artists in a show's name. */
  proposals: string[];
}

/** Uncertain pages of setlist.fm, then uncertain names in setlists. */
export interface Reviews {
  reviews: Review[];
}

/** One schedule with its plan; a paused one keeps its plan but does not fire. */
export interface Schedule {
  name: string;
  cron: string;
  lane: "interactive" | "high" | "medium" | "low";
  enabled: boolean;
  next_due: string | null;
  last_fired: string | null;
  /** Whether the schedule, or everything, is paused. */
  paused: boolean;
  /** When one of its jobs was last done. */
  last_success: string | null;
  /** The state in which its last job ended. */
  last_result: string | null;
  last_error: string | null;
  /** The time zone of `cron`. */
  zone: string;
  /** The configured cron, while another plan is set. */
  configured: string | null;
  /** When the configured plan applies again, if a time was given. */
  set_until: string | null;
}

/** A schedule with its last runs, newest first. */
export interface ScheduleDetails {
  name: string;
  cron: string;
  lane: "interactive" | "high" | "medium" | "low";
  enabled: boolean;
  next_due: string | null;
  last_fired: string | null;
  /** Whether the schedule, or everything, is paused. */
  paused: boolean;
  /** When one of its jobs was last done. */
  last_success: string | null;
  /** The state in which its last job ended. */
  last_result: string | null;
  last_error: string | null;
  /** The time zone of `cron`. */
  zone: string;
  /** The configured cron, while another plan is set. */
  configured: string | null;
  /** When the configured plan applies again, if a time was given. */
  set_until: string | null;
  runs: ScheduleRun[];
}

/** The job that a schedule enqueued. */
export interface ScheduleFired {
  job_id: number;
  schedule: string;
}

/** One run of a schedule and its outcome. */
export interface ScheduleRun {
  job_id: number;
  at: string;
  /** Of its job; null once that is deleted. */
  state: "ready" | "running" | "done" | "failed" | "cancelled" | "dead" | null;
  /** Whether an operator ran it. */
  by_hand: boolean;
  /** The age that it keeps copies below. */
  target: string | null;
  /** Artists that the schedule is about. */
  artists: number;
  /** Artists whose copies met the target, or do since this run. */
  met: number;
  /** The other artists, by reason. */
  missed: Record<string, number>;
  /** Looks that it ordered. */
  ordered: number;
  /** Looks that were made. */
  looked: number;
  /** Looks that found a change. */
  changed: number;
  /** Calls that they took. */
  calls: number;
  remarks: string[];
}

/** The schedules in the order of the configuration. */
export interface Schedules {
  schedules: Schedule[];
}

/** A song offered for voting; its tracks and decisions are included only if a single song is requested. */
export interface Song {
  id: string;
  artist: string;
  title: string;
  /** What names of it have in common. */
  key: string | null;
  /** Whether it can be voted on. */
  offered: boolean;
  /** Whether it was ever played. */
  played: boolean;
  merged_into: string | null;
  /** Its best studio recording. */
  spotify_id: string | null;
  album: string | null;
  tracks: Track[];
  decisions: Decision[];
}

/** Spotify's analysis of a song. */
export interface SongHeard {
  title: string;
  features: AudioFeatures;
}

/** The songs. */
export interface Songs {
  songs: Song[];
}

/** Analyses of an artist's songs, the most popular first. */
export interface SongsHeard {
  songs: SongHeard[];
}

/** The tracks of a song that belong to another one. */
export interface SplitOff {
  /** Spotify ids, separated by blanks. */
  tracks: string;
  /** Of the new song. */
  title?: string;
}

/** The artist whose cached responses to delete. */
export interface Stale {
  /** An id of a provider, or the exact name of a stored artist. */
  artist: string;
}

/** The overview. Members from the database are null, or empty, while it is unavailable. */
export interface Status {
  at: string;
  version: string;
  ready: boolean;
  /** "ok", or what is wrong. */
  checks: Record<string, string>;
  survey: SurveyStatus | null;
  schedules: Schedule[];
  breakers: Breaker[];
  actors: Actor[];
  /** Unfinished ones, newest first. */
  imports: ExplainedJob[];
  /** Jobs that ended without success, newest first. */
  failures: ExplainedJob[];
  /** Why jobs are missing. */
  jobs_trouble: string | null;
  /** Where the status page is. */
  page: string | null;
}

/** The state of the database and the gates, at most a few seconds old. */
export interface SurveyStatus {
  providers: ProviderStatus[];
  jobs: JobGroup[];
  /** Committed events that Redis has not received. */
  unpublished: number;
  oldest_unpublished: string | null;
  freshness: AspectAges[];
  nodes: NodeRow[];
}

/** Something that happened in the daemon: a call, a job's end, a breaker's change; named as in the log. */
export interface TappedFact {
  at: string;
  event: string;
  fields: Record<string, unknown>;
  /** Facts before it that this reader was too slow for. */
  missed: number;
}

/** One recording of a song. */
export interface Track {
  spotify_id: string;
  name: string;
  classes: string[];
  /** What decided each class. */
  evidence: Record<string, string>;
  /** Whether an operator placed it here. */
  by_hand: boolean;
}

/** There is no such artist. */
export interface UnknownArtistProblem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Artists with similar names. */
  close: Candidate[];
  [member: string]: unknown;
}

/** Pins that were deleted. */
export interface Unpinned {
  unpinned: number;
}

/** A venue as one provider knows it; links and decisions are included only if a single venue is requested. */
export interface Venue {
  id: string;
  name: string;
  city: string | null;
  country_code: string | null;
  ticketmaster_id: string | null;
  setlistfm_id: string | null;
  /** The venue that stands for the place, if that is another one. */
  same_as: string | null;
  links: VenueLink[];
  decisions: Decision[];
}

/** The effect of a decision. */
export interface VenueDecisionMade {
  /** The number to undo it by. */
  decision: number | null;
}

/** Another venue of the same city that is, may be, or is not the same place. */
export interface VenueLink {
  other: string;
  name: string;
  verdict: "same" | "review" | "apart";
  /** Concerts of one act on one night at both. */
  shared_nights: number;
  /** Concerts of one act on one night at this one and elsewhere. */
  apart_nights: number;
  by_person: boolean;
}

/** The venues. */
export interface Venues {
  venues: Venue[];
}

/** One receiver. */
export interface Webhook {
  name: string;
  /** Null if it is no longer configured. */
  url: string | null;
  /** The kinds of changes that it receives. */
  kinds: ("artist" | "show" | "setlist" | "prediction" | "identity")[];
  /** Changes up to this number are queued or done. */
  cursor: number;
  /** Messages that are still to be delivered. */
  waiting: number;
  /** Messages that are given up; a replay sends them again. */
  dead: number;
  /** Messages that it has taken. */
  delivered: number;
  /** When it last took one. */
  delivered_at: string | null;
  /** When the oldest waiting change was published. */
  oldest_at: string | null;
  /** Why the last failed message failed. */
  error: string | null;
  /** The node that sends its messages. */
  node: string | null;
}

/** A webhook with its messages that failed at least once, oldest first. */
export interface WebhookDetails {
  webhook: Webhook;
  messages: Message[];
}

/** All webhooks, by name. */
export interface WebhookList {
  webhooks: Webhook[];
}

/** The outcome of a test message. */
export interface WebhookTested {
  webhook: string;
  accepted: boolean;
  /** The answer in words. */
  answer: string;
  seconds: number;
}

/** One window of a limit, with the slots that are taken now. */
export interface Window {
  limit: string;
  used: number;
  /** Of a window of a day or more: when it is used up, if calls continue at the rate of the last hours. Null if that is not expected, or not before temporary limits end. */
  full_at: string | null;
  /** When it then has room again; null if temporary limits end first. */
  room_at: string | null;
}

/** One window of a limit, on all nodes. */
export interface WindowStatus {
  period: string;
  /** Calls that it allows. */
  limit: number;
  used: number;
  left: number;
  /** When a long window is used up, if calls go on as lately. */
  exhausted_at: string | null;
}

/** An operator's decision. */
export interface Word {
  number: number;
  verb: "link" | "unlink" | "merge" | "split" | "undo";
  ids: string[];
  others: string[];
  undoes: number | null;
  at: string | null;
}
