// Predictions through REST: CLIENTS connections, TOTAL requests. Prints requests a second and
// percentiles of the time to answer. Usage: load.mjs BASE KEY CLIENTS TOTAL
import http from 'node:http';

const [base, key, clients, total] = [process.argv[2], process.argv[3], +process.argv[4], +process.argv[5]];
const body = JSON.stringify({
  claim: {
    accident_type: 'Rear end', accident_date: '2026-03-31', claim_date: '2026-04-20', injury_prognosis_months: 7,
    minor_psychological_injury: true, whiplash: true, general_fixed_pence: 102500, general_rest_pence: 140000,
    special_therapy_pence: 40600, driver_age: 41, gender: 'Female',
  },
});
const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
const times = [];
let left = total;

const one = () =>
  new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const request = http.request(`${base}/api/v1/predictions`, {
      method: 'POST', agent,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode !== 201) return reject(new Error(`answered ${response.statusCode}`));
        times.push(Number(process.hrtime.bigint() - started) / 1e6);
        resolve();
      });
    });
    request.on('error', reject);
    request.end(body);
  });

const started = Date.now();
await Promise.all(Array.from({ length: clients }, async () => { while (left-- > 0) await one(); }));
const seconds = (Date.now() - started) / 1000;
times.sort((a, b) => a - b);
const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(1);
console.log(`${clients} clients: ${(times.length / seconds).toFixed(0)} predictions a second; median ${at(0.5)} ms, 95% ${at(0.95)} ms, 99% ${at(0.99)} ms`);
agent.destroy();
