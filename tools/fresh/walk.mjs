/** The README's walk with curl, as the reader would type it. */

/** The site that the README names. */
const README_EDGE = 'http://localhost:8080';

/** What has been printed by the end of a walk that went well. */
const EXPECTED = ['"PAYMENT_PENDING"', '"CONFIRMED"', '"CANCELLED"', '"REFUND"'];

/**
 * The fenced blocks that are marked `sh walk`, in their order, as one script.
 * @param {string} readme its text
 * @param {string} edge where the system serves
 * @throws {Error} if there is none
 */
export function walkOf(readme, edge) {
  const blocks = Array.from(readme.matchAll(/^```sh walk\n(.*?)^```/gms), ([, block]) => block);
  if (blocks.length === 0) throw new Error('The README has no block that is marked "sh walk".');
  return blocks.join('\n').replace(README_EDGE, edge);
}

/** @param {string} output what the walk printed @returns {string[]} what should be in it and is not */
export function missingFromWalk(output) {
  return EXPECTED.filter((text) => !output.includes(text));
}
