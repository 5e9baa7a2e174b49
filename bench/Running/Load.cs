using System.Diagnostics;

namespace LastMile.Events.Bench.Running;

/// <summary>Work that starts at a fixed rate, however long each piece takes.</summary>
internal static class Load
{
    private const int Writers = 16;

    /// <summary>Starts one piece of work after another, evenly spread.</summary>
    /// <param name="perSecond">The number of pieces to start per second.</param>
    /// <param name="work">The pieces of work.</param>
    /// <param name="act">Does one piece.</param>
    public static Task RunAsync(int perSecond, IReadOnlyList<int> work, Func<int, Task> act)
    {
        var start = Stopwatch.GetTimestamp();
        var taken = -1;
        return Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref taken) is var next && next < work.Count)
            {
                var due = TimeSpan.FromSeconds((double)next / perSecond) - Stopwatch.GetElapsedTime(start);
                if (due > TimeSpan.Zero)
                    await Task.Delay(due);
                await act(work[next]);
            }
        })));
    }
}
