/** Who asks: a fan, and an operator with things to be found by their ids. */

const PATIENCE_MS = 60_000;
const POLL_MS = 200;

/**
 * A fan and an operator of a running system; the operator has held and paid for a seat, so that there are ids of each kind.
 * @param {string} edge
 */
export async function makeCallers(edge) {
  const [fan, operator] = [await tokenOf(edge, 'a-fan', []), await tokenOf(edge, 'an-operator', ['admin', 'funding'])];
  const as = (method, path, body, headers) => ask(edge, operator, method, path, body, headers);
  const { schedules, id: concertId } = (await as('GET', '/v1/concerts')).items.at(-1);
  const scheduleId = schedules[0].id;
  await as('POST', '/v1/wallet/charges', { amount: 1_000_000 }, { 'idempotency-key': 'first' });
  await until(() => as('POST', `/v1/schedules/${scheduleId}/queue`, {}));
  const { admissionToken } = await until(async () => {
    const place = await as('GET', `/v1/schedules/${scheduleId}/queue/me`);
    return place.state === 'ADMITTED' ? place : null;
  });
  const { id: reservationId } = await as(
    'POST',
    '/v1/reservations',
    { scheduleId, seatNumber: 7 },
    { 'x-admission-token': admissionToken },
  );
  await as('POST', `/v1/reservations/${reservationId}/payment`, undefined, { 'idempotency-key': 'pay' });
  await until(async () => (await as('GET', `/v1/reservations/${reservationId}`)).status === 'CONFIRMED');
  return {
    fan: { token: fan },
    operator: { token: operator, admissionToken, ids: { concertId, scheduleId, reservationId } },
  };
}

async function tokenOf(edge, userId, roles) {
  return (await ask(edge, null, 'POST', '/v1/dev/tokens', { userId, roles })).token;
}

async function ask(edge, token, method, path, body, headers = {}) {
  const answer = await fetch(`${edge}${path}`, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answered = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answered)}`);
  return answered;
}

/** Tries until it neither throws nor answers nothing: rooms open, and payments are settled, a moment later. */
async function until(attempt) {
  for (const giveUpAt = Date.now() + PATIENCE_MS; ; ) {
    const found = await attempt().catch((error) => {
      if (Date.now() > giveUpAt) throw error;
    });
    if (found) return found;
    if (Date.now() > giveUpAt) throw new Error('what the generated requests are to find did not come about');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
