// Runs on any Node that knows modules, so that a Node which is too old is told so before anything is installed.
const WANTED = [20, 19]

export function checkNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1])) return
  const platform = `${process.platform === 'darwin' ? 'darwin' : 'linux'}-${process.arch === 'arm64' ? 'arm64' : 'x64'}`
  console.error(
    `Node ${process.versions.node} is too old: Vedetta needs ${WANTED.join('.')} or later, best a supported LTS such as Node 24.\n` +
      'Nothing was installed. Without root, and beside the Node you have, this gives you one:\n\n' +
      `  npm install --prefix ~/.local/node24 node-${platform}@24\n` +
      `  export PATH=~/.local/node24/node_modules/node-${platform}/bin:$PATH\n\n` +
      'Then run the command again.',
  )
  process.exit(1)
}
