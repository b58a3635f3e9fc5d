// The calls that the referral endpoints make to the platform, to KV and to the limiter, in the order in which `edge` makes them, with
// as much to read and to write, and nothing else: no check, no arithmetic, no ids but what was sent. Nothing over the same store can be
// faster.

/** A moment, a day, an address. */
const [NOW, DAY, PAGE] = [1_795_720_724_508, '2026-11-26', 'https://shop.example/kites'];

/** As long as an id, of the UUID that what is sent for it holds. Backwards: else keys would be written in their order, as hashes are not. */
const idOf = (text) => [...text.match(/[\da-f]{8}-[\da-f-]{27}/)[0].replaceAll('-', '')].reverse().join('');

let contest;
let owner;

export default {
  async fetch(request, { LEDGER, PUBLIC_READS_LIMIT, PUBLIC_WRITES_LIMIT }) {
    const url = new URL(request.url);
    const record = (key) => LEDGER.get(key);
    const fact = (key) => LEDGER.getWithMetadata(key);
    const list = (prefix) => LEDGER.list({ prefix });
    const put = (key, metadata, held) => LEDGER.put(key, held ? JSON.stringify(held) : '', { metadata });
    await (request.method === 'GET' ? PUBLIC_READS_LIMIT : PUBLIC_WRITES_LIMIT).limit({ key: 'demo/' });
    contest ??= await record('contest/demo');
    if (request.method === 'GET') {
      owner ??= [await record(`code/demo/${url.searchParams.get('code')}`), await record('person/demo/jane')];
      return Response.json({ success: true });
    }
    const { visitorId, email, name, orderId, referralCode } = await request.json();
    if (url.pathname.endsWith('visit')) {
      const visit = `fact/demo/visited/${referralCode}/${DAY}/${visitorId}`;
      await Promise.all([record(`code/demo/${referralCode}`), fact(visit)]);
      await put(visit, { t: NOW, u: PAGE });
      return Response.json({ success: true }, { status: 201 });
    }
    const entry = idOf(email);
    const known = [fact(`fact/demo/joined/${entry}`), list(`fact/demo/bound/${entry}/`), record(`code/demo/${referralCode}`)];
    const bound = [`fact/demo/bound/${entry}/${referralCode}/${DAY}`, { t: NOW }];
    if (url.pathname.endsWith('signup')) {
      const code = `REF-${entry.slice(-6)}`;
      await Promise.all([...known, record(`code/demo/${code}`)]);
      const [person, owner] = [{ email, name, phone: null }, { entry, erased: false, mailbox: entry }];
      await Promise.all([put(`person/demo/${entry}`, person, person), put(`code/demo/${code}`, undefined, owner), put(...bound)]);
      await put(`fact/demo/joined/${entry}`, { t: NOW, c: code, p: [10, 5], b: referralCode });
    } else {
      const purchase = idOf(orderId);
      await Promise.all([list(`fact/demo/purchased/${purchase}/`), ...known]);
      const told = { t: NOW, o: orderId, f: entry, m: 7_999, c: 'USD', p: [80, 0], w: 0, b: referralCode };
      await Promise.all([put(...bound), put(`fact/demo/purchased/${purchase}/browser`, told)]);
    }
    return Response.json({ success: true }, { status: 201 });
  },
};
