import { buy, fundedAndAdmitted } from '../../e2e/src/bulk/sell-out.ts';
import { ApiClient } from '../../e2e/src/client/api-client.ts';
import { FanSession } from '../../e2e/src/client/fan-session.ts';
import { openConcert } from '../../e2e/src/crowd/opening.ts';

/** Who asks: a token, and for an operator an admission and ids of things that there are. */
export interface Caller {
  token: string;
  admissionToken?: string;
  ids?: { concertId: number; scheduleId: number; reservationId: string };
}

/**
 * A fan and an operator of a running system; the operator has held and paid for a seat, so that there are ids of each kind.
 */
export async function makeCallers(edge: string): Promise<{ fan: Caller; operator: Caller }> {
  const api = new ApiClient(edge);
  try {
    const { concert, scheduleId } = await openConcert(api, 50, 'Asked about');
    const fan = await FanSession.open(api, 'a-fan');
    const operator = await FanSession.open(api, 'an-operator', ['admin', 'funding']);
    const admissionToken = await fundedAndAdmitted(operator, scheduleId);
    const reservationId = await buy(operator, scheduleId, 7, admissionToken, 'confirmed');
    return {
      fan: { token: fan.token },
      operator: { token: operator.token, admissionToken, ids: { concertId: concert.id, scheduleId, reservationId } },
    };
  } finally {
    await api.close();
  }
}
