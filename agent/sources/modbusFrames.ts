/** Bytes before the unit id: transaction, protocol, length (Modbus Messaging on TCP/IP V1.0b, 3.1.3). */
const headBytes = 6
/** Unit id and at least a function with one byte; at most a unit id and the 253 bytes of a PDU. */
const lengthMin = 3
const lengthMax = 254

/**
 * Follows a stream of answers from head to head. The library does not look at the protocol number and waits for any
 * length that a head claims, so one wrong byte would make it deaf; here the first head that cannot be ends the
 * connection. Returns the reason, or undefined while the stream is sound.
 */
export function frameWatch(): (chunk: Buffer) => string | undefined {
  let head = Buffer.alloc(0)
  let bodyLeft = 0
  return chunk => {
    let rest = chunk
    while (rest.length > 0) {
      const skipped = Math.min(bodyLeft, rest.length)
      bodyLeft -= skipped
      rest = rest.subarray(skipped)
      const wanted = rest.subarray(0, headBytes - head.length)
      head = Buffer.concat([head, wanted])
      rest = rest.subarray(wanted.length)
      if (head.length < headBytes) return undefined
      const protocol = head.readUInt16BE(2)
      bodyLeft = head.readUInt16BE(4)
      head = Buffer.alloc(0)
      if (protocol !== 0 || bodyLeft < lengthMin || bodyLeft > lengthMax)
        return `what came is no Modbus: protocol ${protocol}, length ${bodyLeft}; allowed: protocol 0, length ${lengthMin} to ${lengthMax}`
    }
    return undefined
  }
}
