// The calls that the referral endpoints make to the platform, to KV and to the limiter, in the order in which `edge` makes them, and
// nothing else: no check, no arithmetic, no ids but what was sent. Nothing over the same store can be faster.

let contest;
let owner;

export default {
  async fetch(request, { LEDGER, PUBLIC_READS_LIMIT, PUBLIC_WRITES_LIMIT }) {
    const url = new URL(request.url);
    const get = (key) => LEDGER.getWithMetadata(key);
    const list = (prefix) => LEDGER.list({ prefix });
    const put = (key, metadata) => LEDGER.put(key, '', { metadata });
    await (request.method === 'GET' ? PUBLIC_READS_LIMIT : PUBLIC_WRITES_LIMIT).limit({ key: 'demo/' });
    contest ??= await get('contest/demo');
    if (request.method === 'GET') {
      owner ??= [await get(`code/demo/${url.searchParams.get('code')}`), await get('person/demo/jane')];
      return Response.json({ success: true });
    }
    const { visitorId, email, orderId, referralCode } = await request.json();
    if (url.pathname.endsWith('visit')) {
      const fact = `fact/demo/visited/${referralCode}/2026-01-01/${visitorId}`;
      await Promise.all([get(`code/demo/${referralCode}`), get(fact)]);
      await put(fact, { t: 1, u: 'https://shop.example/' });
    } else if (url.pathname.endsWith('signup')) {
      const codes = [referralCode, `of-${email}`].map((code) => get(`code/demo/${code}`));
      await Promise.all([get(`fact/demo/joined/${email}`), list(`fact/demo/bound/${email}/`), ...codes]);
      const bound = put(`fact/demo/bound/${email}/${referralCode}/2026-01-01`, { t: 1 });
      await Promise.all([put(`person/demo/${email}`, { email, name: null, phone: null }), put(`code/demo/of-${email}`), bound]);
      await put(`fact/demo/joined/${email}`, { t: 1, c: 'REF-XXXXXX', p: [10, 5], b: referralCode });
    } else {
      const known = [get(`fact/demo/joined/${email}`), list(`fact/demo/bound/${email}/`)];
      await Promise.all([list(`fact/demo/purchased/${orderId}/`), ...known, get(`code/demo/${referralCode}`)]);
      await put(`fact/demo/bound/${email}/${referralCode}/2026-01-01`, { t: 1 });
      await put(`fact/demo/purchased/${orderId}/browser`, { t: 1, o: orderId, f: email, m: 7_999, c: 'USD', p: [80, 0], w: 0, b: referralCode });
    }
    return Response.json({ success: true }, { status: 201 });
  },
};
