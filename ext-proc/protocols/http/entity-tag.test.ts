import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as tags from './entity-tag.ts';
import type { TagSeal } from './tag-seal.ts';

const MASKS = '0123456789abcdef';

/** As good as none, so that what is around it can be seen. */
const seal: TagSeal = {
  seal: (opaque) => `s${Buffer.from(opaque, 'latin1').toString('hex')}`,
  open: (text) => (text.startsWith('s') ? Buffer.from(text.slice(1), 'hex').toString('latin1') : undefined),
};
const maskedTag = (own: string, masks: string) => tags.maskedTag(own, masks, seal);
const ownTags = (condition: string, masks: string) => tags.ownTags(condition, masks, seal);
const ownTagsOfAny = (condition: string) => tags.ownTagsOfAny(condition, seal);

describe('the tag of a masked answer', () => {
  it.each([
    ['"a"', `W/"s61~gh.${MASKS}"`],
    ['W/"a"', `W/"s61~gh.${MASKS}"`],
    ['""', `W/"s~gh.${MASKS}"`],
    [' "a" ', `W/"s61~gh.${MASKS}"`],
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
    const condition = `"theirs", W/"s61~gh.${MASKS}" , W/"s62~gh.ffff",W/"s63~gh.${MASKS}", W/"x~gh.${MASKS}"`;
    expect(ownTags(condition, MASKS)).toBe('"a", W/"a", "c", W/"c"');
    expect(ownTags('"theirs", *, nonsense', MASKS)).toBeUndefined();
  });

  it('that protects a change names the server’s tags, whatever the masks were', () => {
    expect(ownTagsOfAny(`"a", W/"s62~gh.${MASKS}", W/"s63~gh.ffff", W/"d"`)).toBe('"a", "b", "c", W/"d"');
    expect(ownTagsOfAny('*')).toBe('*');
  });
});
