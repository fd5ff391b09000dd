/** The text that is read. */
import { TEXT } from './layout';

export function byteAt(at: i32): u32 {
  return load<u8>(TEXT + at);
}
