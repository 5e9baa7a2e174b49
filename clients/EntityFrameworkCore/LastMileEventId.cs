using Microsoft.Extensions.Logging;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>The events that LastMile Events logs through EF Core, for <c>ConfigureWarnings</c>.</summary>
public static class LastMileEventId
{
    /// <summary>
    /// A template shows a property whose text in keys differs from its <c>ToString()</c>. A reader that builds such a key by hand misses
    /// its purges. Ignore this event once every reader gets its keys from <see cref="CacheKeyDbContextExtensions"/>:
    /// <c>options.ConfigureWarnings(warnings => warnings.Ignore(LastMileEventId.KeyTextDiffersFromToString))</c>.
    /// </summary>
    public static readonly EventId KeyTextDiffersFromToString =
        new(61_001, "LastMile.Events.EntityFrameworkCore.KeyTextDiffersFromToString");
}
