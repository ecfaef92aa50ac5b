// Runs on any Node that knows modules, so that a Node which is too old is told so before anything is installed.

/** The first release of each line that runs everything, tools included; the lines 21 and 23 have ended. */
const LEAST = { 20: 19, 22: 12 }
const NEWEST_LISTED = 24

export function checkNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major >= NEWEST_LISTED || minor >= LEAST[major]) return
  const platform = `${process.platform === 'darwin' ? 'darwin' : 'linux'}-${process.arch === 'arm64' ? 'arm64' : 'x64'}`
  const fault = major < NEWEST_LISTED && major > 20 && !(major in LEAST) ? 'is no longer maintained' : 'is too old'
  console.error(
    `Node ${process.versions.node} ${fault}: Vedetta needs 20.19, 22.12, or 24 and later; best a supported LTS such as 24.\n` +
      'Nothing was installed. Without root, and beside the Node you have, this gives you one:\n\n' +
      `  npm install --prefix ~/.local/node24 node-${platform}@24\n` +
      `  export PATH=~/.local/node24/node_modules/node-${platform}/bin:$PATH\n\n` +
      'Then run the command again.',
  )
  process.exit(1)
}
