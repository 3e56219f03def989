import asyncio

from keel.api.spool import PIECE_BYTES, Spool


def test_what_is_written_is_read_in_order_from_memory_and_from_disk() -> None:
    async def run() -> bytes:
        spool = Spool(memory_bytes=100)
        read = bytearray()
        for number in range(60):
            await spool.write(bytes([number]) * 5000)
            if number % 7 == 0:
                read += await spool.read()
        await spool.end()
        while piece := await spool.read():
            assert len(piece) <= PIECE_BYTES
            read += piece
        spool.close()
        return bytes(read)

    assert asyncio.run(run()) == b"".join(bytes([number]) * 5000 for number in range(60))


def test_a_reader_waits_for_a_writer() -> None:
    async def run() -> bytes:
        spool = Spool()
        reading = asyncio.create_task(spool.read())
        await asyncio.sleep(0)
        assert not reading.done()
        await spool.write(b"now")
        try:
            return await reading
        finally:
            spool.close()

    assert asyncio.run(run()) == b"now"


def test_a_writer_waits_for_a_reader_that_is_too_far_behind() -> None:
    async def run() -> None:
        spool = Spool(most_bytes=10)
        await spool.write(b"0123456789ab")
        writing = asyncio.create_task(spool.write(b"more"))
        await asyncio.sleep(0)
        assert not writing.done()
        assert await spool.read() == b"0123456789ab"
        await writing
        assert await spool.read() == b"more"
        spool.close()

    asyncio.run(run())
