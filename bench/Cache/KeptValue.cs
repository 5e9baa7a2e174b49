namespace LastMile.Events.Bench.Cache;

/// <summary>Puts a value into a cache before a measurement.</summary>
internal static class KeptValue
{
    /// <summary>Reads until a read loads nothing. A cache may keep a value some time after its first caller has received it.</summary>
    public static async Task PrepareAsync<T>(Func<Func<CancellationToken, ValueTask<T>>, ValueTask<T>> read, T value)
    {
        bool isLoaded;
        do
        {
            isLoaded = false;
            await read(_ =>
            {
                isLoaded = true;
                return ValueTask.FromResult(value);
            });
        }
        while (isLoaded);
    }
}
