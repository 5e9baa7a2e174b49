using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Channels;

namespace LastMile.Events.Fabric;

/// <summary>
/// Forwards bytes from one socket to another after a delay. Bytes wait in a queue with their due time, so the delay costs no throughput up
/// to <see cref="MaxBytesInFlight"/>.
/// </summary>
internal sealed class DelayedStream(Func<TimeSpan> delay)
{
    private const int MaxBytesInFlight = 64 * 1024 * 1024;
    private const int ReadSize = 64 * 1024;

    private readonly Pipe bytes = new(new PipeOptions(pauseWriterThreshold: MaxBytesInFlight, useSynchronizationContext: false));
    private readonly Channel<(long Due, int Count)> arrivals = Channel.CreateUnbounded<(long, int)>();

    /// <summary>Runs until the source ends, then shuts down sending to the destination.</summary>
    public async Task RunAsync(Socket source, Socket destination)
    {
        var receiving = ReceiveAsync(source);
        try
        {
            await SendAsync(destination);
        }
        finally
        {
            // Releases a receiver that waits for space, because sending has ended.
            await bytes.Reader.CompleteAsync();
        }

        await receiving;
    }

    private async Task ReceiveAsync(Socket source)
    {
        Exception? failure = null;
        try
        {
            while (await source.ReceiveAsync(bytes.Writer.GetMemory(ReadSize)) is > 0 and var count)
            {
                bytes.Writer.Advance(count);
                arrivals.Writer.TryWrite((Stopwatch.GetTimestamp() + ToStopwatchTicks(delay()), count));
                if ((await bytes.Writer.FlushAsync()).IsCompleted)
                    break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            failure = e;
        }

        arrivals.Writer.Complete(failure);
        await bytes.Writer.CompleteAsync();
    }

    private async Task SendAsync(Socket destination)
    {
        await foreach (var (due, count) in arrivals.Reader.ReadAllAsync())
        {
            // A timer counts whole milliseconds and may fire one millisecond early.
            while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due).TotalMilliseconds is > 0 and var wait)
                await Task.Delay((int)Math.Ceiling(wait));
            var read = await bytes.Reader.ReadAtLeastAsync(count);
            var chunk = read.Buffer.Slice(0, count);
            foreach (var segment in chunk)
                await SendAllAsync(destination, segment);
            bytes.Reader.AdvanceTo(chunk.End);
        }

        destination.Shutdown(SocketShutdown.Send);
    }

    private static async Task SendAllAsync(Socket destination, ReadOnlyMemory<byte> segment)
    {
        while (!segment.IsEmpty)
            segment = segment[await destination.SendAsync(segment)..];
    }

    private static long ToStopwatchTicks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);
}
