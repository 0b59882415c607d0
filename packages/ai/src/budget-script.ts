/**
 * A number per tenant and day: the tokens that the backend knew before Redis began to count that day; and one hash: `used`, and `r:<id>` = "<tokens>:<expiry in ms>" for each answer that is being written.
 * Each script runs in Redis as one step, so pods cannot grant the same tokens twice. A reservation whose pod died is
 * dropped when it expires.
 */
const sumUp = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local base = redis.call("GET", KEYS[2])
local used, reserved = tonumber(base or 0), 0
local fields = redis.call("HGETALL", KEYS[1])
for i = 1, #fields, 2 do
  if fields[i] == "used" then
    used = used + tonumber(fields[i + 1])
  else
    local tokens, expiry = string.match(fields[i + 1], "^(%d+):(%d+)$")
    if tonumber(expiry) <= now then
      redis.call("HDEL", KEYS[1], fields[i])
    else
      reserved = reserved + tonumber(tokens)
    end
  end
end
`;

/** ARGV: tokens owed from a time without Redis, seconds to keep the key. */
const payDebt = `
if tonumber(ARGV[1]) > 0 then
  redis.call("HINCRBY", KEYS[1], "used", ARGV[1])
  used = used + tonumber(ARGV[1])
  redis.call("EXPIRE", KEYS[1], ARGV[2])
end
`;

/** Returns 1, used and reserved tokens, and 1 if the base is known. */
export const STATE_SCRIPT = `${sumUp}${payDebt}return { 1, used, reserved, base and 1 or 0 }`;

/**
 * Further ARGV: limit, tokens to reserve, id, lifetime of the reservation in ms, 1 to grant nothing without the base.
 * Returns 1 first if granted.
 */
export const RESERVE_SCRIPT = `${sumUp}${payDebt}
if used + reserved + tonumber(ARGV[4]) > tonumber(ARGV[3]) or (ARGV[7] == "1" and not base) then
  return { 0, used, reserved, base and 1 or 0 }
end
redis.call("HSET", KEYS[1], "r:" .. ARGV[5], ARGV[4] .. ":" .. string.format("%.0f", now + tonumber(ARGV[6])))
redis.call("EXPIRE", KEYS[1], ARGV[2])
return { 1, used, reserved + tonumber(ARGV[4]), base and 1 or 0 }
`;

/** ARGV: id of the reservation, tokens it cost, seconds to keep the key. */
export const SETTLE_SCRIPT = `
redis.call("HDEL", KEYS[1], "r:" .. ARGV[1])
redis.call("HINCRBY", KEYS[1], "used", ARGV[2])
redis.call("EXPIRE", KEYS[1], ARGV[3])
return 1
`;
