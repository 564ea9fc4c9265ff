/** Those who wait for something new: `comes` keeps one until there is, or for so many milliseconds. */
export function news() {
  const waiting = new Set();
  return {
    comes: (limit) =>
      new Promise((done) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          done();
        };
        const timer = setTimeout(wake, limit);
        waiting.add(wake);
      }),
    came: () => [...waiting].forEach((wake) => wake()),
  };
}
