using System.Buffers;
using System.Text;
using LastMile.Events.Caching.Purges;
using Xunit;

namespace Caching.Tests;

public sealed class RespValueTests
{
    [Theory]
    [InlineData("+PONG\r\n", "+PONG")]
    [InlineData("-ERR no\r\n", "-ERR no")]
    [InlineData(":42\r\n", ":42")]
    [InlineData("$3\r\na\r\n\r\n", "$a\r\n")]
    [InlineData("$0\r\n\r\n", "$")]
    [InlineData("$-1\r\n", "_")]
    [InlineData("*-1\r\n", "_")]
    [InlineData("_\r\n", "_")]
    [InlineData("*2\r\n+a\r\n:1\r\n", "*[+a,:1]")]
    [InlineData("*0\r\n", "*[]")]
    [InlineData("%1\r\n+a\r\n*1\r\n+b\r\n", "%[+a,*[+b]]")]
    [InlineData(">2\r\n$10\r\ninvalidate\r\n_\r\n", ">[$invalidate,_]")]
    public void A_value_is_read_whole_however_its_bytes_arrive(string bytes, string expected)
    {
        var all = Encoding.UTF8.GetBytes(bytes + "+next\r\n");
        for (var length = 0; length < all.Length; length++)
        {
            var buffer = Split(all.AsMemory(0, length));
            var value = RespValue.Read(ref buffer);
            if (length < bytes.Length)
            {
                Assert.Null(value);
                Assert.Equal(length, buffer.Length);
            }
            else
            {
                Assert.Equal(expected, Format(value!));
                Assert.Equal(length - bytes.Length, buffer.Length);
            }
        }
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("\r\n")]
    [InlineData("$x\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("$99999999\r\n")]
    [InlineData("$1\r\nabc")]
    [InlineData("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n")]
    public void Other_bytes_are_rejected(string bytes)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(bytes));

        Assert.Throws<FormatException>(() => RespValue.Read(ref buffer));
    }

    private static string Format(RespValue value) =>
        value.Items.Count > 0 || value.Kind is '*' or '%' or '>'
            ? $"{value.Kind}[{string.Join(',', value.Items.Select(Format))}]"
            : value.Kind + value.ToString();

    // In segments of one byte.
    private static ReadOnlySequence<byte> Split(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
            return ReadOnlySequence<byte>.Empty;
        var first = new Segment(bytes[..1], 0);
        var last = first;
        for (var index = 1; index < bytes.Length; index++)
            last = last.Append(bytes.Slice(index, 1));
        return new ReadOnlySequence<byte>(first, 0, last, 1);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
