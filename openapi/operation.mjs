// How an operation is written: what is its own stands in its area, and what all have in common follows here.

import { hex, token } from './fields.mjs';
import { answered, described, named } from './schema.mjs';

/** Who may ask: anybody, whoever has a key, or has a private one. */
export const ANYBODY = {};
export const ANY_KEY = { security: [{ apiKey: [] }, { apiKeyInQuery: [] }], refusals: { 401: true } };
export const PRIVATE_KEY = { ...ANY_KEY, refusals: { 401: true, 403: 'This endpoint requires a private API key' }, words: 'Takes a private key.' };

/** What stands in paths. */
const inPath = {
  contestId: token,
  entryId: hex(32),
  keyId: hex(16),
  actionId: token,
  endpointId: { type: 'string', pattern: '^wh_[0-9a-f]{16}$' },
  deliveryId: { type: 'string', pattern: '^evt_[0-9a-f]{32}$' },
  code: described({ type: 'string', minLength: 1 }, 'A referral code. One that nobody has leads to the site, too.'),
};

const failure = named('Failure', answered(
  { success: { const: false }, error: described({ type: 'string' }, 'A text for a person.') },
  { field: described({ type: 'string' }, 'The field at fault, where it is one: `email`, `settings.windowDays`.') },
));
const json = (schema, example) => ({ 'application/json': { schema, ...(example && { example }) } });
const refused = (description, error, more) => ({ description, headers: more, content: json(failure, { success: false, error }) });
const header = (name, description, schema) => ({ [name]: { description, required: true, schema } });
const retryAfter = header('Retry-After', 'Ask again after so many seconds.', { type: 'integer', minimum: 1 });

/** What may be answered instead, by status. */
const REFUSALS = {
  400: refused('The query, the body or one of its fields cannot be taken. `field` names it.', 'email is not a valid e-mail address'),
  401: refused('No key came along, or none that is known.', 'Missing or invalid API key'),
  403: refused('Not in this way, or not now.', 'This contest has ended'),
  404: refused("What is named is not there, or is another team's.", 'Contest not found'),
  405: refused('Another method.', 'Method not allowed. Use GET, POST', header('Allow', 'The methods that there are.', { type: 'string' })),
  409: refused('Something else has this id.', 'A contest with this id exists already'),
  410: refused('The person asked to be forgotten.', 'This person was erased and is not added again'),
  413: refused('The body is too large.', 'Body must be at most 16384 bytes'),
  415: refused('The body is of another type.', 'Body must be application/json or text/plain'),
  429: refused('One call too many.', 'Rate limit exceeded. Please try again later.', retryAfter),
  500: refused("A fault of the server's. The text names the request, which is in its log.", 'Internal error. Request 8f1a0c2e93b7'),
  501: refused('Webhooks are sent by a queue, and this deployment has none.', 'This deployment has no queue, and sends no webhooks'),
  503: refused('The store, or the queue for webhooks, did not take it. The text names the request, which is in the log.', 'Temporarily unavailable. Request 8f1a0c2e93b7', retryAfter),
};

/** As the document lists them; `Refused405` is the answer to every method that a path does not have. */
export const responses = Object.fromEntries(Object.entries(REFUSALS).map(([status, response]) => [`Refused${status}`, response]));

/** `{"success": true, "data": …}` */
export const data = (schema, example, description = 'Done, or found.') => ({
  description, content: json(answered({ success: { const: true }, data: schema }), example && { success: true, data: example }),
});

/** The same where something was created. */
export const created = (schema, example) => data(schema, example, 'Created.');

/** One page of a list. */
export const page = (items, example) => part({ type: 'array', items, maxItems: 100 }, [example]);

/** What is said with one page of a list in it. */
export const part = (schema, example) => ({
  description: 'One page of the list.',
  content: json(
    answered({ success: { const: true }, data: schema, pagination }),
    { success: true, data: example, pagination: { page: 1, limit: 20, total: 1, totalPages: 1 } },
  ),
});
const pagination = named('Pagination', answered({
  page: { type: 'integer', minimum: 1 }, limit: { type: 'integer', minimum: 1, maximum: 100 },
  total: { type: 'integer', minimum: 0 }, totalPages: { type: 'integer', minimum: 0 },
}));

/** A page for people. */
const html = (description, headers) => ({ description, ...(headers && { headers }), content: { 'text/html': { schema: { type: 'string' }, example: '<!doctype html>…' } } });
export const PAGES = {
  200: html('The page.'), 403: html('The contest is a draft, or without referral tracking.'), 404: html('There is no such contest.'),
  429: html('One call too many.', retryAfter), 500: html("A fault of the server's."), 503: html('The store did not give it.', retryAfter),
};

/** Which page is asked for. */
export const PAGE = {
  page: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 1 },
  limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
};

/** A body of JSON. (It is taken as `text/plain`, too.) */
export const body = (schema, example) => ({ required: true, content: json(schema, example) });

/**
 * The operations of an area, by method: `get('/api/v1/contests/{contestId}', 'showContest', {…})`. Of a query, `must` has to be there
 * and `query` may be; `answers` are by status; `refusals` are those that do not follow from the rest, with words of their own or `true`.
 */
export const area = (tag) => Object.fromEntries(
  ['get', 'post', 'put', 'delete'].map((method) => [method, (path, operationId, own) => ({ path, method, operation: { operationId, tags: [tag], ...operation(path, own) } })]));

function operation(path, { summary, description, by = ANYBODY, must = {}, query = {}, headers = {}, body, answers, refusals = {} }) {
  const pathFields = Object.fromEntries([...path.matchAll(/{(\w+)}/g)].map(([, name]) => [name, inPath[name]]));
  const parameters = [
    ...parameter('path', pathFields, true), ...parameter('query', must, true), ...parameter('query', query), ...parameter('header', headers),
  ];
  const asked = body || Object.keys({ ...must, ...query }).length > 0;
  const may = {
    ...(asked && { 400: true }), ...(path.includes('{') && { 404: true }), ...(body && { 413: true, 415: true }),
    ...by.refusals, ...refusals, 429: true, 500: true, 503: true,
  };
  const words = [description, by.words].filter(Boolean).join(' ');
  return {
    summary,
    ...(words && { description: words }),
    ...(by.security && { security: by.security }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
    responses: { ...Object.fromEntries(Object.entries(may).map(refusal)), ...answers },
  };
}

/** A parameter's description stands beside its schema. */
const parameter = (place, fields, required = false) =>
  Object.entries(fields).map(([name, { description, ...schema }]) => ({ name, in: place, required, ...(description && { description }), schema }));

const refusal = ([status, words]) =>
  [status, words === true ? { $ref: `#/components/responses/Refused${status}` } : { ...REFUSALS[status], description: words }];
