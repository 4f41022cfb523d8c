-- For wrk: a claim to be predicted. KEY is the API key.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. (os.getenv("KEY") or "bench")
wrk.body = [[{"claim":{"accident_type":"Rear end","accident_date":"2026-03-31","claim_date":"2026-04-20",
"injury_prognosis_months":7,"minor_psychological_injury":true,"whiplash":true,"general_fixed_pence":102500,
"general_rest_pence":140000,"special_therapy_pence":40600,"driver_age":41,"gender":"Female"}}]]

function done(summary, latency)
  local answered = summary.requests - summary.errors.status
  io.write(string.format("%.0f predictions a second; median %.1f ms, 95%% %.1f ms, 99%% %.1f ms",
    answered / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3))
  if summary.errors.status > 0 then io.write(string.format("; %d refused", summary.errors.status)) end
  io.write("\n")
end
