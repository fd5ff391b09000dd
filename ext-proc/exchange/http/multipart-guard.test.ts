import { describe, expect, it } from 'vitest';
import { GatehouseError } from '../../domain/errors.ts';
import { MULTIPART_BYTES_MAX, MultipartGuard } from './multipart-guard.ts';

/** The code with which it breaks off, however it is cut. */
function look(body: string, contentType = 'multipart/form-data; boundary=b'): string | undefined {
  const bytes = Buffer.from(body);
  const codes = [1, 7, bytes.length].map((size) => {
    const guard = new MultipartGuard(contentType);
    try {
      for (let at = 0; at < bytes.length; at += size) guard.look(bytes.subarray(at, at + size));
      return undefined;
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error;
      return error.code;
    }
  });
  expect(new Set(codes).size).toBe(1);
  return codes[0];
}

const part = (disposition: string, content: string): string =>
  `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
const END = '--b--\r\n';
const OPERATIONS = '{"query":"mutation($f: Upload!) { store(f: $f) }","variables":{"f":null}}';
const MAP = part('name="map"', '{"0":["variables.f"]}');

describe('GraphQL in multipart', () => {
  it.each([
    part('name="operations"', OPERATIONS) + MAP + END,
    part('name=operations', `[${OPERATIONS}]`) + MAP + END,
    part('name="Operations"\r\nContent-Type: application/json', OPERATIONS) + END,
    MAP + part('name="operations"', '{}') + part('name="operations"', OPERATIONS) + END,
    part("name*=utf-8''operations", OPERATIONS) + END,
    part('\r\n name="operations"', OPERATIONS) + END,
    `a preamble\r\n${part('name="operations"', OPERATIONS)}${END}`,
    part('name="operations"', OPERATIONS.replaceAll(',', ',\n--\n')) + END,
    part('name="query"', 'mutation { deleteAll }') + END,
    part('name="query"', `# ${'x'.repeat(20_000)}\n{ a }`) + END,
    part('name="query"', '"""\n-- a\n"""\nmutation M { deleteAll }') + END,
    part('name="map"', 'x'.repeat(60_000)) + part('name="operations"', OPERATIONS) + END,
  ])('is seen: %#', (body) => {
    expect(look(body)).toBe('GH_HTTP_GRAPHQL');
  });

  it('is seen before the file behind it has come', () => {
    const guard = new MultipartGuard('multipart/form-data; boundary="b"');
    expect(() => guard.look(Buffer.from(part('name="operations"', OPERATIONS)))).toThrow(GatehouseError);
  });

  it.each([
    part('name="operations"', '{"operations":["add","remove"]}') + MAP + END,
    part('name="query"', 'people in {Rome}') + END,
    part('name="query"', 'mutation') + part('name="x"', '{') + END,
    part('name="file"; filename="query"', 'mutation { a }') + END,
    part('name="queries"', 'mutation { a }') + END,
    part('name="file"; filename="x.html"', '<input name="query">\r\n\r\n{ a }') + END,
    part('name="query"', `notes ${'x'.repeat(20_000)} { a }`) + MAP + END,
    part('name="query"', 'x'.repeat(MULTIPART_BYTES_MAX + 8_192)) +
      part('name="operations"', OPERATIONS) +
      END,
    part('name="map"', 'x'.repeat(MULTIPART_BYTES_MAX)) + part('name="operations"', OPERATIONS) + END,
    '',
  ])('is not seen in other parts, nor behind the beginning: %#', (body) => {
    expect(look(body)).toBeUndefined();
  });
});
