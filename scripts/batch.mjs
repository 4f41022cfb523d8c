// A thousand claims a call through REST, CALLS times. Prints claims a second.
// Usage: batch.mjs BASE KEY CALLS
const [base, key, calls] = [process.argv[2], process.argv[3], +process.argv[4]];
const claim = (i) => ({
  accident_type: 'Rear end', accident_date: '2026-03-31', claim_date: '2026-04-20', injury_prognosis_months: 1 + (i % 24),
  minor_psychological_injury: true, whiplash: true, general_fixed_pence: 102500 + i, general_rest_pence: 140000,
  special_therapy_pence: 40600,
});
const body = JSON.stringify({ claims: Array.from({ length: 1000 }, (_, i) => claim(i)) });
const rates = [];
for (let i = 0; i < calls; i++) {
  const started = process.hrtime.bigint();
  const answer = await fetch(`${base}/api/v1/predictions/batch`, {
    method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body,
  });
  const { results } = await answer.json();
  if (answer.status !== 200 || results.some((r) => !r.prediction)) throw new Error(`answered ${answer.status}`);
  rates.push(1000 / (Number(process.hrtime.bigint() - started) / 1e9));
}
rates.sort((a, b) => a - b);
console.log(`batch of 1,000: ${rates[Math.floor(rates.length / 2)].toFixed(0)} claims a second (median of ${calls})`);
