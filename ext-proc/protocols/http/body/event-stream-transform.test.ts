import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventStreamTransform } from './event-stream-transform.ts';
import { type BodySetup, foundIn, maskingOf, refusalOf, runBody, through } from './run-body.fixture.ts';

const sse = (body: string, setup: BodySetup = {}): string => runBody('sse', body, setup).out;

describe('an event', () => {
  test.each([
    ['data: {"m":"a@b.co"}\n\n', 'data: {"m":"[masked:email]"}\n\n'],
    ['data:{"n":4111111111111111}\n\n', 'data: {"n":"[masked:payment_card]"}\n\n'],
    [
      'event: x\r\ndata: {"m":\r\ndata: "a@b.co"}\r\nid: 7\r\n\r\n',
      'event: x\r\ndata: {"m":\r\ndata: "[masked:email]"}\r\nid: 7\r\n\r\n',
    ],
    ['data: a@b.co\rdata: x\r\r', 'data: [masked:email]\rdata: x\r\r'],
    ['data: 4111\ndata: x\n\ndata: "a@b.co"\n\n', 'data: 4111\ndata: x\n\ndata: "[masked:email]"\n\n'],
    [
      'id: a@b.co\nevent: c@d.co\nretry: 10\n: e@f.co\nother: g@h.co\ni@j.co\ndata: x\n\n',
      'id: [masked:email]\nevent: [masked:email]\nretry: 10\n: [masked:email]\nother: [masked:email]\n[masked:email]\ndata: x\n\n',
    ],
    ['data: {"phone":"4155552671"}\n\n', 'data: {"phone":"[masked:phone]"}\n\n'],
    ['data: {broken a@b.co\n\n', 'data: {broken [masked:email]\n\n'],
    ['data: [DONE]\n\n', 'data: [DONE]\n\n'],
    ['data: a@b.co', 'data: [masked:email]'],
    ['data: {"m":"a@b.co"}', 'data: {"m":"[masked:email]"}'],
    ['\ufeffdata: {"m":"a@b.co"}\n\n', '\ufeffdata: {"m":"[masked:email]"}\n\n'],
    ['\n\n\r\n: a@b.co\n\n', '\n\n\r\n: [masked:email]\n\n'],
  ])('%j', (body, masked) => {
    for (const cuts of [[], [1], [2, 5]]) expect(runBody('sse', body, {}, cuts).out).toBe(masked);
  });

  test.each([
    'data\n\n',
    'data:\n\n',
    'data:  two\n\n',
    ':\n\n',
    'x',
    '',
    '\r',
    '\r\n\r',
    'data: "\u0001'.slice(0, 7),
  ])('%j goes on as it came', (body) => {
    for (const cuts of [[], [1]]) expect(runBody('sse', body, {}, cuts).out).toBe(body);
  });

  test('has the marks of any JSON', () => {
    expect(sse('data: {"card":1,"x":[2]}\n\n', { marked: ['card'] })).toBe(
      'data: {"card":"[masked:private]","x":[2]}\n\n',
    );
    expect(runBody('sse', 'data: {"card":1}\n\n', { marked: ['card'] }).counts).toEqual(['private:card']);
  });

  test.each([
    ['42["x",{"card":1}]', '42["x",{"card":"[masked:private]"}]'],
    ['\ufeff{"card":"x"}', '\ufeff{"card":"[masked:private]"}'],
    [
      'to a@b.co: {"card":1,"m":"c@d.co"}',
      'to [masked:email]: {"card":"[masked:private]","m":"[masked:email]"}',
    ],
    ['phone [4155552671]', 'phone [[masked:phone]]'],
  ])('has them behind a few characters too: %s', (data, masked) => {
    expect(sse(`data: ${data}\n\n`, { marked: ['card'] })).toBe(`data: ${masked}\n\n`);
  });

  test('whose marked fields cannot be found ends the stream', () => {
    expect(refusalOf('sse', 'data: {"card":1\n\n', { marked: ['card'] })).toBe('GH_HTTP_BODY_MALFORMED');
    expect(sse('data: [DONE]\n\ndata: hi {name}\n\n', { marked: ['card'] })).toBe(
      'data: [DONE]\n\ndata: hi {name}\n\n',
    );
  });

  test('that turns out to be no JSON is counted once', () => {
    expect(runBody('sse', 'data: {"m":"a@b.co"} x\n\n').counts).toEqual(['email']);
  });

  test('is held up to a limit however it is cut', () => {
    const transform = (): EventStreamTransform => new EventStreamTransform(maskingOf({}), 100);
    for (const cuts of [[], [1], [30]]) {
      expect(() => through(transform(), Buffer.from(`data: ${'x'.repeat(100)}`), cuts)).toThrow('an event');
      expect(() => through(transform(), Buffer.from('data: xxxx\n'.repeat(12)), cuts)).toThrow('an event');
      expect(through(transform(), Buffer.from('data: xxxx\n\n'.repeat(40)), cuts).length).toBe(480);
    }
  });

  test('that is no text is refused', () => {
    expect(refusalOf('sse', Buffer.from('data: x\n\n', 'utf16le'))).toBe('GH_HTTP_BODY_MALFORMED');
  });
});

describe('a stream stays one', () => {
  const stream = (): ((chunk: string) => string) => {
    const transform = new EventStreamTransform(maskingOf({}));
    return (chunk) => Buffer.concat(transform.push(Buffer.from(chunk))).toString();
  };

  test('an event goes on with its last byte, whatever ends its lines', () => {
    for (const [line, blank] of [
      ['\n', '\n'],
      ['\r', '\r'],
      ['\r\n', '\r'],
    ] as const) {
      const push = stream();
      expect(push(`data: a@b.co${line}`)).toBe('');
      expect(push(blank)).toBe(`data: [masked:email]${line}${blank}`);
    }
  });

  test('the LF of an event that has gone on follows it', () => {
    const push = stream();
    expect(push('data: x\r\n\r')).toBe('data: x\r\n\r');
    expect(push('\n')).toBe('\n');
    expect(push('data: y\r\n\r\n')).toBe('data: y\r\n\r\n');
  });

  test('a comment between events goes on with its line', () => {
    const push = stream();
    expect(push(': ping\n')).toBe(': ping\n');
    expect(push('data: x\n: ping\n')).toBe('');
    expect(push('\n')).toBe('data: x\n: ping\n\n');
  });
});

test('any event stream comes out the same however it is cut, and reads the same where nothing is masked', () => {
  const parts = fc.constantFrom(
    'data: ',
    'data:',
    'id: ',
    ': ',
    '{"m":"',
    '"}',
    'a@b.co',
    '4111 1111 1111 1111',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\r\n\r\n',
    ' ',
    'x',
    '\ufeff',
    '[1,2]',
    '{"card":',
    '1}',
  );
  fc.assert(
    fc.property(
      fc.array(parts, { maxLength: 40 }).map((all) => all.join('')),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      fc.constantFrom<BodySetup>({}, { marked: ['x.y'], defaultStyle: 'null' }),
      (body, cuts, setup) => {
        const refused = refusalOf('sse', body, setup);
        expect(refusalOf('sse', body, setup, cuts)).toBe(refused);
        if (refused !== undefined) return;
        const whole = runBody('sse', body, setup);
        expect(runBody('sse', body, setup, cuts)).toEqual(whole);
        if (whole.counts.length === 0) expect(whole.out).toBe(body);
        expect(whole.out.split(/[\r\n]+/).filter((line) => foundIn(line))).toEqual([]);
        expect(whole.out.split(/\r\n|\r|\n/).length).toBe(body.split(/\r\n|\r|\n/).length);
      },
    ),
    { numRuns: 800 },
  );
});
