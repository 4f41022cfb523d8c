// A mail server for the tests: takes all mail and writes each letter into a directory.
// node mail-sink.mjs PORT DIRECTORY
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";

const [port, directory] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
let count = 0;
const put = new Set();

new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  // "nobody…" is refused for good; "later…" is not taken the first time.
  onRcptTo(address, session, done) {
    const [local] = address.address.split("@");
    if (local.startsWith("nobody")) return done(Object.assign(new Error("no such user"), { responseCode: 550 }));
    if (local.startsWith("later") && !put.has(local)) {
      put.add(local);
      return done(Object.assign(new Error("try again later"), { responseCode: 451 }));
    }
    done();
  },
  onData(stream, session, done) {
    const chunks = [];
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("end", () => {
      const to = session.envelope.rcptTo.map((r) => r.address);
      const text = Buffer.concat(chunks).toString("utf8").replace(/=\r\n/g, "").replace(/=3D/g, "=");
      const path = join(directory, `${String(count++).padStart(5, "0")}.json`);
      writeFileSync(`${path}.part`, JSON.stringify({ to, text }));
      renameSync(`${path}.part`, path);
      done();
    });
  },
}).listen(Number(port), "127.0.0.1");
