namespace LastMile.Events.Chaos.Faults;

/// <summary>Faults of the link that carries purges to a region.</summary>
internal static class LinkFaults
{
    private static readonly TimeSpan SlowLine = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Flap = TimeSpan.FromMilliseconds(400);

    public static Task<Func<Task>> CutAsync(Scene scene, string target)
    {
        var link = scene.Region(target).Link!;
        link.Cut();
        return Task.FromResult<Func<Task>>(() =>
        {
            link.Mend();
            return Task.CompletedTask;
        });
    }

    /// <summary>Cuts every agent's links to the purge log.</summary>
    public static Task<Func<Task>> CutLogAsync(Scene scene, string target)
    {
        foreach (var link in scene.System.LogLinks)
            link.Cut();
        return Task.FromResult<Func<Task>>(() =>
        {
            foreach (var link in scene.System.LogLinks)
                link.Mend();
            return Task.CompletedTask;
        });
    }

    public static Task<Func<Task>> SlowAsync(Scene scene, string target)
    {
        var link = scene.Region(target).Link!;
        link.Delay = SlowLine;
        return Task.FromResult<Func<Task>>(() =>
        {
            link.Delay = TimeSpan.Zero;
            return Task.CompletedTask;
        });
    }

    public static Task<Func<Task>> FlapAsync(Scene scene, string target)
    {
        var link = scene.Region(target).Link!;
        var stop = new CancellationTokenSource();
        var flapping = FlapAsync();
        return Task.FromResult<Func<Task>>(async () =>
        {
            await stop.CancelAsync();
            await flapping;
            stop.Dispose();
            link.Mend();
        });

        async Task FlapAsync()
        {
            using var timer = new PeriodicTimer(Flap);
            try
            {
                for (var cut = true; ; cut = !cut)
                {
                    if (cut)
                        link.Cut();
                    else
                        link.Mend();
                    await timer.WaitForNextTickAsync(stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
            }
        }
    }
}
