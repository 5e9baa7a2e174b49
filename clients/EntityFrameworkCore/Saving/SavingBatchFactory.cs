using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure.Internal;
using Npgsql.EntityFrameworkCore.PostgreSQL.Update.Internal;

namespace LastMile.Events.EntityFrameworkCore.Saving;

/// <summary>Creates the batches of <c>SaveChanges</c>: the provider's own, unless a trace or an actor must be sent.</summary>
internal sealed class SavingBatchFactory(
    ModificationCommandBatchFactoryDependencies dependencies,
    IDbContextOptions options,
    IRelationalTypeMappingSource types)
    : NpgsqlModificationCommandBatchFactory(dependencies, options)
{
    // The base class keeps these private.
    private readonly ModificationCommandBatchFactoryDependencies parts = dependencies;
    private readonly int maxBatchSize = options.FindExtension<NpgsqlOptionsExtension>()?.MaxBatchSize ?? 1000;

    public override ModificationCommandBatch Create() =>
        SavingContext.Of(parts.CurrentContext.Context) is { IsEmpty: false } saving
            ? new SavingBatch(parts, maxBatchSize, saving, types.GetMapping(typeof(string)))
            : base.Create();
}
