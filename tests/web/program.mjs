// What TheSet's server does, from an empty folder with the packages thesetd-client and pg: see prove.py, which runs it.
// Usage: node program.mjs PLACE DATABASE ARTIST; a line "kill", "cancel SHOW" or "play" asks prove.py to act.
import readline from "node:readline";
import pg from "pg";
import { Thesetd } from "thesetd-client";

const [place, database, artist] = process.argv.slice(2);
const daemon = new Thesetd(JSON.parse(place));
const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (word, text = "") => process.stdout.write(`${word} ${text}\n`);
const ask = async (word, text) => { say(word, text); await answers.next(); };
const check = (holds, text) => say(holds ? "seen" : "fault", text);
const pool = new pg.Pool(JSON.parse(database));
pool.on("error", () => {}); // the private server ends its connections when the daemon is started again
const rows = async (text, ...values) => (await pool.query(text, values)).rows;

const { job_id, slug } = await daemon.import(artist);
const seqs = [];
let killed = false, last = null;
for await (const event of daemon.follow(job_id)) {
  seqs.push(event.seq);
  last = event;
  if (!killed && event.progress >= 30) { killed = true; await ask("kill"); }
}
check(last.status === "completed" && last.progress === 100, `import of ${slug}: ${seqs.length} events, the last is ${last.status}`);
check(killed && seqs.every((seq, i) => i === 0 || seq > seqs[i - 1]), "every event once, in order, over a kill -9");
check((await rows("select 1 from import_progress where slug = $1 and progress = 100", slug)).length === 1, "import_progress has it");

check((await rows("select 1 from artist_page where slug = $1", slug)).length === 1, "artist_page has the artist");
const of_artist = "artist_id = (select id from artist_page where slug = $1)";
const shows = await rows(`select id from upcoming_shows where ${of_artist} and status = 'scheduled' order by local_date`, slug);
check(shows.length > 0, `upcoming_shows has ${shows.length} of its shows`);
const songs = await rows(`select 1 from setlist_to_vote where ${of_artist}`, slug);
check(songs.length > 0, `setlist_to_vote has ${songs.length} songs`);
const played = await rows(`select distinct show_id from actual_setlist where ${of_artist}`, slug);
check(played.length > 0, `actual_setlist has ${played.length} setlists`);

const heard = async (since, kinds, act, matches) => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 60_000);
  await act();
  for await (const change of daemon.followChanges(since, { kinds, signal: stop.signal })) {
    if (matches(change)) { clearTimeout(timer); return change; }
  }
  return null;
};
const end = async () => (await daemon.changes({ limit: 1 })).last;
const show = shows[0].id;
const cancelled = await heard(await end(), ["show"],
  async () => { await ask("cancel", show); await daemon.refreshShow(show); },
  (change) => change.id === show && change.after.status === "cancelled");
check(cancelled?.before.status === "scheduled", "heard of the cancellation of a show, with the status before");
const setlist = await heard(await end(), ["setlist"],
  async () => { await ask("play"); await daemon.refreshArtist(slug, "setlists"); },
  (change) => change.changed.includes("songs"));
check(setlist !== null, "heard of a setlist");
await pool.end();
say("done");
process.exit(); // prove.py keeps the input open
