// Calls from a server, in three languages. The key stays where it is: in your environment.

const body = '{"orderId": "1001", "amount": 79.99, "currency": "USD", "email": "joe@example.com"}';

/** `[language, label, text]` of reporting an order. */
export const CALLS = (origin, contest) => [
  ['curl', `curl ${origin}/api/v1/contests/${contest}/purchases \\
  -H "x-api-key: $ROCKET_KEY" -H 'content-type: application/json' \\
  -d '${body}'`],
  ['JavaScript', `const response = await fetch('${origin}/api/v1/contests/${contest}/purchases', {
  method: 'POST',
  headers: { 'x-api-key': process.env.ROCKET_KEY, 'content-type': 'application/json' },
  body: JSON.stringify({ orderId: '1001', amount: 79.99, currency: 'USD', email: 'joe@example.com' }),
});
if (!response.ok) throw new Error((await response.json()).error);`],
  ['Python', `import json, os, urllib.request

request = urllib.request.Request(
    "${origin}/api/v1/contests/${contest}/purchases",
    data=json.dumps({"orderId": "1001", "amount": 79.99, "currency": "USD", "email": "joe@example.com"}).encode(),
    headers={"x-api-key": os.environ["ROCKET_KEY"], "content-type": "application/json", "user-agent": "my-shop"},
)
print(json.load(urllib.request.urlopen(request)))`],
];
