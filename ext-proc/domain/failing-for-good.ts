/** What has failed once is in no state to go on. */

/** Runs one piece of work after another; once one of them has thrown it throws the same again, and runs nothing. */
export function failingForGood(): <Result>(work: () => Result) => Result {
  let thrown: { readonly error: unknown } | undefined;
  return (work) => {
    if (thrown !== undefined) throw thrown.error;
    try {
      return work();
    } catch (error) {
      thrown = { error };
      throw error;
    }
  };
}
