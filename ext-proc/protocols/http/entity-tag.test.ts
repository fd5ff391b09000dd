import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskedTag, ownTags, ownTagsOfAny } from './entity-tag.ts';

const MASKS = '0123456789abcdef';

describe('the tag of a masked answer', () => {
  it.each([
    ['"a"', `W/"a~gh.${MASKS}"`],
    ['W/"a"', `W/"a~gh.${MASKS}"`],
    ['""', `W/"~gh.${MASKS}"`],
    [' "a" ', `W/"a~gh.${MASKS}"`],
    ['a', undefined],
    ['"a"b"', undefined],
    ['"a b"', undefined],
    ['w/"a"', undefined],
    ['', undefined],
  ])('of %j is %j', (own, masked) => {
    expect(maskedTag(own, MASKS)).toBe(masked);
  });

  it('of any server comes back as that server’s, under the same masks alone', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!#-~]{0,20}$/), fc.boolean(), (opaque, weak) => {
        fc.pre(!opaque.includes(','));
        const tag = maskedTag(`${weak ? 'W/' : ''}"${opaque}"`, MASKS) as string;
        expect(ownTags(tag, MASKS)).toBe(`"${opaque}", W/"${opaque}"`);
        expect(ownTags(tag, 'fedcba9876543210')).toBeUndefined();
        expect(ownTagsOfAny(tag)).toBe(`"${opaque}"`);
      }),
    );
  });
});

describe('a condition', () => {
  it('keeps of several tags those that were made under the same masks', () => {
    const condition = `"theirs", W/"a~gh.${MASKS}" , W/"b~gh.ffff",W/"c~gh.${MASKS}"`;
    expect(ownTags(condition, MASKS)).toBe('"a", W/"a", "c", W/"c"');
    expect(ownTags('"theirs", *, nonsense', MASKS)).toBeUndefined();
  });

  it('that protects a change names the server’s tags, whatever the masks were', () => {
    expect(ownTagsOfAny(`"a", W/"b~gh.${MASKS}", W/"c~gh.ffff", W/"d"`)).toBe('"a", "b", "c", W/"d"');
    expect(ownTagsOfAny('*')).toBe('*');
  });
});
