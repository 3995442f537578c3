// Follows a stream with Node's own EventSource until it is closed and has stayed so for a while; prints what it saw.
const [url, restMs] = process.argv.slice(2);
setTimeout(() => process.exit(1), 25000 + Number(restMs)); // also keeps the process alive while the source waits to reconnect
const source = new EventSource(url);
const seqs = [];
source.onmessage = (event) => seqs.push(JSON.parse(event.data).seq);
source.onerror = () => {
  if (source.readyState !== EventSource.CLOSED) return;
  setTimeout(() => {
    console.log(JSON.stringify({ seqs, state: source.readyState }));
    process.exit(0);
  }, Number(restMs));
};
