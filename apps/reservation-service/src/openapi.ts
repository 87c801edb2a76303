import { createLogger, createMetrics, systemClock } from '@stagedoor/platform';
import { configSchema } from './config.ts';
import { appServer } from './inbound/http/server.ts';

const notServed = async (): Promise<never> => {
  throw new Error('this server only describes itself');
};

/** The app's OpenAPI document, without connecting to anything. */
export async function openApiDocument(): Promise<object> {
  const { SCHEDULE_MAX_SEATS, BLOCK_MAX_SEATS } = configSchema.shape;
  const server = appServer({
    config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000, FAN_MAX_REQUESTS_PER_SECOND: 0 },
    logger: createLogger({ name: 'reservation-service', level: 'silent', pretty: false }),
    metrics: createMetrics('reservation-service'),
    readiness: {},
    limits: { scheduleMaxSeats: SCHEDULE_MAX_SEATS.parse(undefined), blockMaxSeats: BLOCK_MAX_SEATS.parse(undefined) },
    service: {
      clock: systemClock,
      fans: { verify: notServed },
      admissions: { verify: notServed },
      holds: { hold: notServed },
      payments: { request: notServed },
      cancellations: { cancel: notServed },
      reservations: { find: notServed, ofFan: notServed, ofSeat: notServed },
      catalogue: { concerts: notServed, concert: notServed },
      cancelledShows: { progress: notServed },
      schedules: { get: notServed },
      seatMaps: { read: notServed, readSince: notServed },
      rankings: { top: notServed },
      operations: {
        publishConcert: notServed,
        changeSchedule: notServed,
        cancelSchedule: notServed,
        blockSeats: notServed,
        unblockSeats: notServed,
      },
    },
  });
  await server.ready();
  const document = server.swagger();
  await server.close();
  return document;
}
