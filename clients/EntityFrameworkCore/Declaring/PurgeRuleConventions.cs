using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>
/// Checks every purge rule at the end of model building. A rule without <c>UseLastMile()</c> is an error, because it would do nothing.
/// </summary>
internal sealed class PurgeRuleConventions(
    IRelationalTypeMappingSource types,
    IDiagnosticsLogger<DbLoggerCategory.Model.Validation> logger)
    : IConventionSetPlugin, IModelInitializedConvention, IModelFinalizingConvention
{
    // Set only during model building, so that snapshots do not contain it.
    private const string On = "LastMile:On";

    public static void ThrowUnlessOn(IReadOnlyModel model, string declarer)
    {
        if (model.FindAnnotation(On) is null)
        {
            throw new InvalidOperationException(
                $"{declarer} declares purge rules, but nothing would capture its changes: add UseLastMile() to the context's options, "
                    + "as in optionsBuilder.UseNpgsql(…).UseLastMile().");
        }
    }

    public ConventionSet ModifyConventions(ConventionSet conventionSet)
    {
        conventionSet.ModelInitializedConventions.Add(this);
        conventionSet.ModelFinalizingConventions.Add(this);
        return conventionSet;
    }

    public void ProcessModelInitialized(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context) =>
        modelBuilder.HasAnnotation(On, true);

    public void ProcessModelFinalizing(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context)
    {
        modelBuilder.HasNoAnnotation(On);

        var check = new PurgeRuleCheck(types);
        var errors = EveryEntityRule.Apply((IMutableModel)modelBuilder.Metadata);
        if (errors.Count == 0)
            errors = check.Errors(modelBuilder.Metadata);
        if (errors.Count > 0)
            throw new InvalidOperationException(string.Join(Environment.NewLine, errors));

        if (check.UnlikeToString(modelBuilder.Metadata) is { Count: > 0 } properties)
            KeyTextWarning.Log(logger, properties);
    }
}
